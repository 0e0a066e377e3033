/**
 * Adds to a TensorFlow Lite model the metadata that MediaPipe's tasks read: that its input is an RGB picture from 0 to 1.
 *
 * The model in npm was published for an older interface and has none. A flatbuffer's offsets point forward, and a builder
 * writes from the end, so the model stays as it is at the end, and a new root with one more buffer is written before it.
 *
 * https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
 * https://github.com/tensorflow/tflite-support/blob/master/tensorflow_lite_support/metadata/metadata_schema.fbs
 */

import { Builder, ByteBuffer, type Offset } from "flatbuffers";

// Numbers of fields in the tables of the two schemas.
const MODEL = { fields: 8, version: 0, operatorCodes: 1, subgraphs: 2, buffers: 4, metadata: 6 };
const BUFFER = { fields: 1, data: 0 };
const METADATA = { fields: 2, name: 0, buffer: 1 };
const MODEL_METADATA = { fields: 8, subgraphs: 3 };
const SUBGRAPH = { fields: 10, inputs: 2, outputs: 3 };
const TENSOR = { fields: 7, content: 3, units: 4 };
const CONTENT = { fields: 3, type: 0, value: 1, image: 2 };
const IMAGE = { fields: 2, colours: 0, rgb: 1 };
const UNIT = { fields: 2, type: 0, value: 1, normalization: 1 };
const NORMALIZATION = { fields: 2, mean: 0, deviation: 1 };

const ALIGNMENT = 16;

/** Return the model with metadata; everything else in it stays the same. */
export function describeModel(model: Uint8Array): Uint8Array {
  if (model.length % ALIGNMENT) throw new Error(`the model has ${model.length} bytes, which is not a multiple of 16`);
  const old = readRoot(model);
  const builder = new Builder(model.length + 4096);
  append(builder, model);
  const data = bytes(builder, metadata());
  const buffer = table(builder, BUFFER.fields, () => builder.addFieldOffset(BUFFER.data, data, 0));
  const name = builder.createString("TFLITE_METADATA");
  const entry = table(builder, METADATA.fields, () => {
    builder.addFieldOffset(METADATA.name, name, 0);
    builder.addFieldInt32(METADATA.buffer, old.buffers.length, 0);
  });
  const entries = vector(builder, [entry]);
  const buffers = vector(builder, [...old.buffers, buffer]);
  const root = table(builder, MODEL.fields, () => {
    builder.addFieldInt32(MODEL.version, old.version, 0);
    builder.addFieldOffset(MODEL.operatorCodes, old.operatorCodes, 0);
    builder.addFieldOffset(MODEL.subgraphs, old.subgraphs, 0);
    builder.addFieldOffset(MODEL.buffers, buffers, 0);
    builder.addFieldOffset(MODEL.metadata, entries, 0);
  });
  builder.finish(root, "TFL3");
  return builder.asUint8Array();
}

/** Return what the new root takes over; a builder counts offsets from the end. */
function readRoot(model: Uint8Array) {
  const reader = new ByteBuffer(model);
  const root = reader.readInt32(0);
  const place = (field: number) => root + reader.__offset(root, 4 + 2 * field);
  const target = (position: number) => model.length - reader.__indirect(position);
  const first = reader.__vector(place(MODEL.buffers));
  const count = reader.__vector_len(place(MODEL.buffers));
  return {
    version: reader.readInt32(place(MODEL.version)),
    operatorCodes: target(place(MODEL.operatorCodes)),
    subgraphs: target(place(MODEL.subgraphs)),
    buffers: Array.from({ length: count }, (_, index) => target(first + 4 * index)),
  };
}

function metadata(): Uint8Array {
  const builder = new Builder();
  const mean = floats(builder, 0);
  const deviation = floats(builder, 255);
  const normalization = table(builder, NORMALIZATION.fields, () => {
    builder.addFieldOffset(NORMALIZATION.mean, mean, 0);
    builder.addFieldOffset(NORMALIZATION.deviation, deviation, 0);
  });
  const unit = table(builder, UNIT.fields, () => {
    builder.addFieldInt8(UNIT.type, UNIT.normalization, 0);
    builder.addFieldOffset(UNIT.value, normalization, 0);
  });
  const image = table(builder, IMAGE.fields, () => builder.addFieldInt8(IMAGE.colours, IMAGE.rgb, 0));
  const content = table(builder, CONTENT.fields, () => {
    builder.addFieldInt8(CONTENT.type, CONTENT.image, 0);
    builder.addFieldOffset(CONTENT.value, image, 0);
  });
  const units = vector(builder, [unit]);
  const input = table(builder, TENSOR.fields, () => {
    builder.addFieldOffset(TENSOR.content, content, 0);
    builder.addFieldOffset(TENSOR.units, units, 0);
  });
  const inputs = vector(builder, [input]);
  const outputs = vector(builder, [table(builder, TENSOR.fields, () => undefined)]);
  const subgraph = table(builder, SUBGRAPH.fields, () => {
    builder.addFieldOffset(SUBGRAPH.inputs, inputs, 0);
    builder.addFieldOffset(SUBGRAPH.outputs, outputs, 0);
  });
  const subgraphs = vector(builder, [subgraph]);
  builder.finish(
    table(builder, MODEL_METADATA.fields, () => builder.addFieldOffset(MODEL_METADATA.subgraphs, subgraphs, 0)),
    "M001",
  );
  return builder.asUint8Array();
}

function table(builder: Builder, fields: number, fill: () => void): Offset {
  builder.startObject(fields);
  fill();
  return builder.endObject();
}

function vector(builder: Builder, targets: readonly Offset[]): Offset {
  builder.startVector(4, targets.length, 4);
  for (const target of targets.toReversed()) builder.addOffset(target);
  return builder.endVector();
}

function floats(builder: Builder, value: number): Offset {
  builder.startVector(4, 1, 4);
  builder.addFloat32(value);
  return builder.endVector();
}

function bytes(builder: Builder, content: Uint8Array): Offset {
  builder.startVector(1, content.length, ALIGNMENT);
  write(builder, content);
  return builder.endVector();
}

function append(builder: Builder, content: Uint8Array): void {
  builder.prep(ALIGNMENT, content.length);
  write(builder, content);
}

function write(builder: Builder, content: Uint8Array): void {
  for (const byte of content.toReversed()) builder.writeInt8(byte);
}

/** A short, soft chord to test the speaker with. */

const RATE = 22_050;
const SECONDS = 0.9;
const CHORD = [523.25, 659.25, 783.99];

function sample(index: number): number {
  const time = index / RATE;
  const fade = Math.min(1, time / 0.02) * Math.exp(-3.5 * time);
  const sum = CHORD.reduce((total, frequency) => total + Math.sin(2 * Math.PI * frequency * time), 0);
  return (sum / CHORD.length) * fade * 0.5;
}

/** Return the chord as a WAV file: 16 bit, one channel. */
export function chord(): Blob {
  const count = Math.floor(RATE * SECONDS);
  const file = new DataView(new ArrayBuffer(44 + count * 2));
  const text = (at: number, value: string) => {
    for (let i = 0; i < value.length; i++) file.setUint8(at + i, value.charCodeAt(i));
  };
  text(0, "RIFF");
  file.setUint32(4, 36 + count * 2, true);
  text(8, "WAVEfmt ");
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true);
  file.setUint16(22, 1, true);
  file.setUint32(24, RATE, true);
  file.setUint32(28, RATE * 2, true);
  file.setUint16(32, 2, true);
  file.setUint16(34, 16, true);
  text(36, "data");
  file.setUint32(40, count * 2, true);
  for (let i = 0; i < count; i++) file.setInt16(44 + i * 2, Math.round(sample(i) * 32_767), true);
  return new Blob([file.buffer], { type: "audio/wav" });
}

/** Play the chord on this speaker; `""` is the system's default. Throws the browser's errors. */
export async function playChord(speakerId: string): Promise<void> {
  const address = URL.createObjectURL(chord());
  const audio = new Audio(address);
  audio.addEventListener("ended", () => URL.revokeObjectURL(address), { once: true });
  if (speakerId && "setSinkId" in audio) await audio.setSinkId(speakerId);
  await audio.play();
}

/** Short, soft sounds, made by the page itself: a chord to test the speaker with, and a knock for somebody who waits. */

const RATE = 22_050;

interface Sound {
  readonly seconds: number;
  /** Return the sample, from -1 to 1, at this time in seconds. */
  readonly at: (time: number) => number;
}

const sine = (frequency: number, time: number) => Math.sin(2 * Math.PI * frequency * time);

/** Return how loud a note is that was struck at 0 and dies away. */
const struck = (time: number, decay: number) => (time < 0 ? 0 : Math.min(1, time / 0.02) * Math.exp(-decay * time));

const CHORD = [523.25, 659.25, 783.99];
const chordSound: Sound = {
  seconds: 0.9,
  at: (time) => (CHORD.reduce((sum, note) => sum + sine(note, time), 0) / CHORD.length) * struck(time, 3.5) * 0.5,
};

const KNOCK = [659.25, 880];
const GAP = 0.16;
const knockSound: Sound = {
  seconds: 0.8,
  at: (time) => KNOCK.reduce((sum, note, place) => sum + sine(note, time) * struck(time - place * GAP, 8), 0) * 0.16,
};

/** Return a sound as a WAV file: 16 bit, one channel. */
function wave({ seconds, at }: Sound): Blob {
  const count = Math.floor(RATE * seconds);
  const file = new DataView(new ArrayBuffer(44 + count * 2));
  const text = (place: number, value: string) => {
    for (let i = 0; i < value.length; i++) file.setUint8(place + i, value.charCodeAt(i));
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
  for (let i = 0; i < count; i++) file.setInt16(44 + i * 2, Math.round(at(i / RATE) * 32_767), true);
  return new Blob([file.buffer], { type: "audio/wav" });
}

/** Return the chord as a WAV file. */
export const chord = (): Blob => wave(chordSound);

/** Return the knock as a WAV file. */
export const knock = (): Blob => wave(knockSound);

/** Play a sound on this speaker; `""` is the system's default. Throws the browser's errors. */
export async function play(sound: Blob, speakerId: string): Promise<void> {
  const address = URL.createObjectURL(sound);
  const audio = new Audio(address);
  audio.addEventListener("ended", () => URL.revokeObjectURL(address), { once: true });
  if (speakerId && "setSinkId" in audio) await audio.setSinkId(speakerId);
  await audio.play();
}

// The one form of sound that every booth plays: one channel, 16 bit, 16 kHz, as RIFF WAVE.
export const RATE_HZ = 16_000;

/** Samples from -1 to 1; what is louder is cut off. */
export function wav(samples: Float32Array): Blob {
  const head = new DataView(new ArrayBuffer(44));
  const text = (at: number, word: string) =>
    [...word].forEach((letter, n) => {
      head.setUint8(at + n, letter.charCodeAt(0));
    });
  const bytes = samples.length * 2;
  text(0, 'RIFF');
  head.setUint32(4, 36 + bytes, true);
  text(8, 'WAVEfmt ');
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true); // PCM
  head.setUint16(22, 1, true);
  head.setUint32(24, RATE_HZ, true);
  head.setUint32(28, RATE_HZ * 2, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  text(36, 'data');
  head.setUint32(40, bytes, true);
  const body = new DataView(new ArrayBuffer(bytes));
  samples.forEach((sample, n) => {
    body.setInt16(n * 2, Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), true);
  });
  return new Blob([head.buffer, body.buffer], { type: 'audio/wav' });
}

/** Whatever a browser recorded, as one channel at that rate. */
export async function samplesOf(recording: Blob): Promise<Float32Array> {
  const heard = await new OfflineAudioContext(1, 1, RATE_HZ).decodeAudioData(await recording.arrayBuffer());
  const mixed = new Float32Array(heard.length);
  for (let channel = 0; channel < heard.numberOfChannels; channel++)
    heard.getChannelData(channel).forEach((sample, n) => {
      mixed[n] = (mixed[n] ?? 0) + sample / heard.numberOfChannels;
    });
  return mixed;
}

/** The loudest there is. */
export const peak = (samples: Float32Array): number =>
  samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

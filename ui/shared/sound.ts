// The booth's four sounds, made here: no file to load, nothing to fail.

export type Sound = 'drip' | 'low' | 'paid' | 'ask';

interface Tone {
  hz: number;
  at: number;
  long: number;
  loud: number;
}

export const TONES: Record<Sound, readonly Tone[]> = {
  drip: [
    { hz: 1800, at: 0, long: 0.12, loud: 0.5 },
    { hz: 2700, at: 0.012, long: 0.06, loud: 0.18 },
  ],
  low: [
    { hz: 220, at: 0, long: 0.16, loud: 0.55 },
    { hz: 185, at: 0.2, long: 0.22, loud: 0.55 },
  ],
  paid: [
    { hz: 1047, at: 0, long: 0.16, loud: 0.4 },
    { hz: 1319, at: 0.12, long: 0.16, loud: 0.4 },
    { hz: 1568, at: 0.24, long: 0.36, loud: 0.45 },
  ],
  ask: [
    { hz: 660, at: 0, long: 0.18, loud: 0.35 },
    { hz: 880, at: 0.2, long: 0.24, loud: 0.35 },
  ],
};

let context: AudioContext | null = null;
/** For tests: how often each sound was asked for. */
export const played: Record<Sound, number> = { drip: 0, low: 0, paid: 0, ask: 0 };

function awake(): AudioContext {
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume();
  return context;
}

/** A recording through the loudspeaker, a moment from now so that a chime before it is over; done when it has ended. */
export async function playBack(recording: ArrayBuffer): Promise<void> {
  const context = awake();
  const source = context.createBufferSource();
  source.buffer = await context.decodeAudioData(recording);
  source.connect(context.destination);
  const ended = new Promise((resolve) => source.addEventListener('ended', resolve));
  source.start(context.currentTime + 0.6);
  await ended;
}

/** A quiet visit keeps the low tone: who looks at the goods and not at us has to hear that a scan did not count. */
export function play(sound: Sound, quiet: boolean): void {
  played[sound] += 1;
  document.documentElement.dataset.sound = `${sound} ${played[sound]}`;
  if (quiet && sound !== 'low') return;
  const context = awake();
  const now = context.currentTime + 0.005;
  for (const tone of TONES[sound]) {
    const source = context.createOscillator();
    const level = context.createGain();
    source.frequency.value = tone.hz;
    level.gain.setValueAtTime(tone.loud, now + tone.at);
    level.gain.exponentialRampToValueAtTime(0.001, now + tone.at + tone.long);
    source.connect(level).connect(context.destination);
    source.start(now + tone.at);
    source.stop(now + tone.at + tone.long);
  }
}

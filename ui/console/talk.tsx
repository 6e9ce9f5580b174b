// Say something to a booth: recorded here, heard once more if one likes, then played there.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { playBack } from '../shared/sound';
import { words } from './act';
import { Icon } from './icons';
import { Fault } from './said';
import { upload } from './session';
import { peak, samplesOf, wav } from './wav';
import { say } from './words';

const MOST_S = 30;
const TICK_MS = 100;
/** Quieter than this is a microphone that is off. */
const SILENT = 0.01;

interface Take {
  recorder: MediaRecorder;
  /** How loud it is now, 0 to 1. */
  level: () => number;
  /** Lets the microphone go. */
  over: () => void;
}

async function listen(): Promise<Take> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  });
  const context = new AudioContext();
  const ear = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(ear);
  const wave = new Float32Array(ear.fftSize);
  return {
    recorder: new MediaRecorder(stream),
    level: () => {
      ear.getFloatTimeDomainData(wave);
      return Math.min(1, peak(wave));
    },
    over: () => {
      for (const track of stream.getTracks()) track.stop();
      if (context.state !== 'closed') void context.close();
    },
  };
}

/** Why there is no microphone, as a key of the texts. */
function deaf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError') return 'talk-denied';
  return name === 'NotFoundError' ? 'talk-none' : 'talk-broken';
}

export function Talk({ booth, done }: { booth: string; done: () => void }) {
  const stage = useSignal<'idle' | 'recording' | 'recorded'>('idle');
  const [seconds, level] = [useSignal(0), useSignal(0)];
  const [fault, text] = [useSignal(''), useSignal('')];
  const busy = useSignal(false);
  const take = useRef<Take | null>(null);
  const message = useRef<Blob | null>(null);
  const gone = useRef(false);
  useEffect(
    () => () => {
      gone.current = true;
      take.current?.over();
    },
    [],
  );
  const keep = async (parts: Blob[]) => {
    const samples = await samplesOf(new Blob(parts)).catch(() => null);
    const heard = samples !== null && peak(samples) >= SILENT;
    if (heard) message.current = wav(samples);
    else fault.value = say(samples === null ? 'talk-broken' : 'talk-silent');
    stage.value = heard ? 'recorded' : 'idle';
  };
  const record = async () => {
    fault.value = '';
    if (!navigator.mediaDevices) {
      fault.value = say('talk-insecure');
      return;
    }
    try {
      const now = await listen();
      if (gone.current) return now.over();
      const parts: Blob[] = [];
      const clock = setInterval(() => {
        seconds.value += TICK_MS / 1000;
        level.value = now.level();
        if (seconds.value >= MOST_S - 1 && now.recorder.state === 'recording') now.recorder.stop();
      }, TICK_MS);
      take.current = now;
      seconds.value = 0;
      now.recorder.ondataavailable = ({ data }) => parts.push(data);
      now.recorder.onstop = () => {
        clearInterval(clock);
        now.over();
        take.current = null;
        void keep(parts);
      };
      now.recorder.start();
      stage.value = 'recording';
    } catch (error) {
      fault.value = say(deaf(error));
    }
  };
  const send = async () => {
    if (!message.current) return;
    busy.value = true;
    fault.value = '';
    try {
      const asked = new URLSearchParams({ reason: say('reason-helping'), text: text.value.trim() });
      await upload(`/api/booths/${encodeURIComponent(booth)}/assist/speak?${asked}`, message.current);
      done();
    } catch (error) {
      fault.value = words(error);
      busy.value = false;
    }
  };
  return (
    <div class="order talk">
      {stage.value === 'recording' ? (
        <button type="button" class="live" onClick={() => take.current?.recorder.stop()}>
          <Icon name="mic" /> {say('talk-stop', { seconds: Math.floor(seconds.value) })}
          <meter value={level.value} min={0} max={1} aria-label={say('talk-level')} />
        </button>
      ) : (
        <button
          type="button"
          class={stage.value === 'idle' ? 'strong' : ''}
          disabled={busy.value}
          onClick={() => void record()}
        >
          <Icon name="mic" /> {say(stage.value === 'idle' ? 'talk-record' : 'talk-again')}
        </button>
      )}
      {stage.value === 'recorded' && (
        <button type="button" onClick={() => void message.current?.arrayBuffer().then(playBack)}>
          <Icon name="sound" /> {say('talk-listen')}
        </button>
      )}
      <label>
        {say('talk-text')}
        <input
          value={text.value}
          maxLength={120}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
      </label>
      <Fault text={fault.value} />
      <div class="acts">
        <button type="button" onClick={done}>
          {say('cancel')}
        </button>
        <button
          type="button"
          class="strong"
          disabled={stage.value !== 'recorded' || busy.value}
          onClick={() => void send()}
        >
          {say(busy.value ? 'doing' : 'do-speak')}
        </button>
      </div>
    </div>
  );
}

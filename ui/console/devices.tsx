// Devices: who answers and since when; one of them with what ails it, what to do about it, and how to try it.
import { useSignal } from '@preact/signals';
import type { DeviceView } from '../shared/contract';
import { Act, type Field } from './act';
import { Skeleton } from './app';
import { Icon, type IconName } from './icons';
import { now, shop } from './live';
import { troubled } from './now';
import { go, place, to } from './route';
import { ask, may } from './session';
import { ago, clock, say, where } from './words';

export default function Devices() {
  const view = shop.value;
  if (!view) return <Skeleton />;
  return <DevicesSheet devices={view.devices} chosen={place.value.id} />;
}

const KINDS = ['scanner', 'printer', 'pad', 'reader', 'board', 'entry', 'pay'];

/** Rows are places, columns are kinds; a wallet has no place. */
function matrix(devices: readonly DeviceView[]): { kinds: string[]; places: string[] } {
  const kinds = [...new Set(devices.map((each) => each.device.split(':')[0] ?? ''))];
  const places = [...new Set(devices.filter((d) => !d.device.startsWith('pay:')).map((d) => placeOf(d)))];
  const known = (kind: string) => (KINDS.includes(kind) ? KINDS.indexOf(kind) : KINDS.length);
  kinds.sort((a, b) => known(a) - known(b));
  return { kinds: kinds.filter((kind) => kind !== 'pay'), places: places.sort() };
}

function placeOf({ device: of }: DeviceView): string {
  return of.split(':')[1]?.replace(/-\d+$/, '') ?? '';
}

function DevicesSheet({ devices, chosen }: { devices: readonly DeviceView[]; chosen: string }) {
  const bad = troubled(devices);
  const wallets = devices.filter((each) => each.device.startsWith('pay:'));
  const { kinds, places } = matrix(devices);
  const current = devices.find((each) => each.device === chosen) ?? bad[0] ?? devices[0];
  const [first] = bad;
  return (
    <>
      <section class="say">
        <Icon name={bad.length ? 'alert' : 'check'} big />
        <h1 class={bad.length ? 'warning' : 'well'}>
          {say('devices-well', { well: devices.length - bad.length, all: devices.length })}{' '}
          <span class="calm">
            {first &&
              say('well-one-device', { device: where(first.device), state: say(`health-${first.state}`) })}
          </span>
        </h1>
      </section>
      <div class="columns two">
        <div class="stack">
          <section class="sheet">
            <h2>
              {say('devices-answer')} <small>{say('devices-answer-hint')}</small>
            </h2>
            <div class="scroll">
              <table class="health">
                <thead>
                  <tr>
                    <td />
                    {kinds.map((kind) => (
                      <th key={kind} scope="col">
                        {say(`kind-of-${kind}`)}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {places.map((at) => (
                    <tr key={at}>
                      <th scope="row">{at}</th>
                      {kinds.map((kind) => (
                        <td key={kind}>
                          {devices
                            .filter((each) => each.device.startsWith(`${kind}:`) && placeOf(each) === at)
                            .map((each) => (
                              <Cell key={each.device} it={each} here={each === current} />
                            ))}
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </section>
          <section class="sheet">
            <h2>{say('wallets')}</h2>
            <div class="wallets">
              {wallets.map((each) => (
                <Cell key={each.device} it={each} here={each === current} named />
              ))}
            </div>
          </section>
        </div>
        {current ? <One key={current.device} it={current} /> : <p class="note">{say('devices-none')}</p>}
      </div>
    </>
  );
}

const TONES: Record<DeviceView['state'], readonly [IconName, string]> = {
  online: ['check', 'ok'],
  degraded: ['alert', 'warn'],
  offline: ['cross', 'bad'],
  unknown: ['unknown', 'warn'],
};

function Cell({ it, here, named = false }: { it: DeviceView; here: boolean; named?: boolean }) {
  const [icon, tone] = TONES[it.state];
  return (
    <button
      type="button"
      class={`cell ${it.state} ${it.maintenance ? 'serviced' : ''}`}
      aria-pressed={here}
      onClick={() => go(to('devices', it.device), true)}
    >
      <span class={`st ${it.maintenance ? '' : tone}`}>
        <Icon name={it.maintenance ? 'gear' : icon} />
        {named ? where(it.device) : say(it.maintenance ? 'in-maintenance' : `health-${it.state}`)}
      </span>
      <small>{it.heard_ms ? since(it.heard_ms) : say('never-heard')}</small>
    </button>
  );
}

/** Seconds while it is fresh, then words. */
function since(at: number): string {
  const s = Math.max(0, (now() - at) / 1000);
  return s < 60 ? say('seconds-ago', { seconds: s < 10 ? s.toFixed(1) : Math.round(s) }) : ago(s * 1000);
}

const REASON: Field = { key: 'reason', label: 'reason-field', type: 'text', most: 200 };

function One({ it }: { it: DeviceView }) {
  const wanted = useSignal<'' | 'test' | 'maintenance' | 'in-service'>('');
  const told = useSignal<{ result: string; detail: string } | null>(null);
  const path = `/api/devices/${it.device}`;
  const kind = it.device.split(':')[0] ?? '';
  const causes = it.reasons.length ? it.reasons : it.state === 'unknown' ? ['silent'] : [];
  const [icon, tone] = TONES[it.state];
  return (
    <section class="sheet one">
      <h2>
        {where(it.device)}
        <small>{say('since', { when: clock(it.since_ms) })}</small>
      </h2>
      <p class={`st ${tone}`}>
        <Icon name={icon} />
        {say(`health-${it.state}`)}
        {it.maintenance && <span class="chip">{say('maintained-by', { by: it.maintenance })}</span>}
      </p>
      {causes.length > 0 && it.state !== 'online' && (
        <ol class="causes">
          {causes.map((reason) => (
            <li key={reason}>
              <b>{known(`cause-${stem(reason)}`, reason)}</b>
              <span>{known(`cure-${stem(reason)}`, say('cure-other'))}</span>
            </li>
          ))}
        </ol>
      )}
      {it.detail && <code>{it.detail}</code>}
      {may('service') && (
        <>
          <h3>{say('try-it')}</h3>
          <div class="acts">
            <button
              type="button"
              aria-pressed={wanted.value === 'test'}
              onClick={() => (wanted.value = 'test')}
            >
              <Icon name={kind === 'printer' ? 'printer' : 'refresh'} />
              {say(kind === 'printer' ? 'test-print' : kind === 'pay' ? 'test-ask' : 'test-listen')}
            </button>
            {it.maintenance ? (
              <button type="button" onClick={() => (wanted.value = 'in-service')}>
                {say('back-in-service')}
              </button>
            ) : (
              <button type="button" onClick={() => (wanted.value = 'maintenance')}>
                <Icon name="gear" /> {say('maintain')}
              </button>
            )}
          </div>
          {wanted.value && (
            <Act
              key={wanted.value}
              effect={say(`${wanted.value}-effect`)}
              fields={wanted.value === 'maintenance' ? [MINUTES, REASON] : [REASON]}
              label={say('do')}
              done={() => (wanted.value = '')}
              send={async ({ reason, minutes }) => {
                told.value = null;
                const body =
                  wanted.value === 'maintenance' ? { reason, minutes: Number(minutes) } : { reason };
                const found = await ask<{ result?: string; detail?: string }>(
                  `${path}/${wanted.value}`,
                  body,
                );
                if (found.result) told.value = { result: found.result, detail: found.detail ?? '' };
              }}
            />
          )}
          {told.value && (
            <p class={told.value.result === 'failed' ? 'fault' : 'done'} role="status">
              {say(`tried-${told.value.result}`)} <small>{told.value.detail}</small>
            </p>
          )}
        </>
      )}
    </section>
  );
}

const MINUTES: Field = { key: 'minutes', label: 'minutes-field', type: 'minutes' };

/** `blind_2` and `antenna_3` are one cause each, whatever the number. */
function stem(reason: string): string {
  return reason.replace(/_\d+$/, '').replaceAll('_', '-');
}

/** A text where there is one, else the word as it came. */
function known(key: string, otherwise: string): string {
  const text = say(key);
  return text.startsWith('⟨') ? otherwise : text;
}

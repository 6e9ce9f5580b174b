// Who works here: people, what each role may do, and who is signed in where.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { now } from './live';
import { Fault, Reason } from './said';
import { ask, may, me, send } from './session';
import { refusal } from './sign';
import { ago, say } from './words';

export interface Person {
  name: string;
  role: string;
  password: boolean;
  code: boolean;
  sessions: number;
}
export interface SessionRow {
  number: number;
  name: string;
  how: string;
  agent: string;
  address: string;
  began_ms: number;
  seen_ms: number;
  mine: boolean;
}
export interface Staff {
  people: Person[];
  roles: { role: string; may: string[] }[];
  acts: string[];
  sessions: SessionRow[];
}
interface Invite {
  name: string;
  path: string;
  pin: string;
}

type Do = (method: string, path: string, body: object) => Promise<unknown>;

export default function People() {
  const found = useSignal<Staff | null>(null);
  const fault = useSignal('');
  const load = async () => {
    try {
      const [people, roles, sessions] = await Promise.all([
        ask<Pick<Staff, 'people'>>('/api/users'),
        ask<Pick<Staff, 'roles' | 'acts'>>('/api/roles'),
        ask<Pick<Staff, 'sessions'>>('/api/sessions'),
      ]);
      found.value = { ...people, ...roles, ...sessions };
      fault.value = '';
    } catch (error) {
      fault.value = refusal(error);
    }
  };
  const act: Do = async (method, path, body) => {
    const answer = await send(method, path, body);
    await load();
    return answer;
  };
  useEffect(() => void load(), []);
  if (!may('see_people')) return <NoRight />;
  if (!found.value) return <p class="note">{fault.value || say('loading')}</p>;
  return <PeopleSheet staff={found.value} manages={may('manage_people')} act={act} />;
}

export function NoRight() {
  return (
    <div class="empty">
      <p>{say('no-right', { role: say(`role-${me.value?.role ?? ''}`) })}</p>
    </div>
  );
}

export function PeopleSheet({ staff, manages, act }: { staff: Staff; manages: boolean; act: Do }) {
  const invite = useSignal<Invite | null>(null);
  return (
    <>
      <h1>
        {say('people-title', { count: staff.people.length })}
        <span class="calm"> {say('people-live', { count: staff.sessions.length })}</span>
      </h1>
      <div class="columns two">
        <div class="stack">
          <section class="sheet">
            <h2>{say('people')}</h2>
            <ul class="people">
              {staff.people.map((person) => (
                <PersonRow
                  key={person.name}
                  person={person}
                  roles={staff.roles.map((each) => each.role)}
                  manages={manages}
                  act={act}
                  invited={(made) => (invite.value = made)}
                />
              ))}
            </ul>
          </section>
          <Matrix staff={staff} />
        </div>
        <div class="stack">
          {invite.value && <InviteSheet invite={invite.value} done={() => (invite.value = null)} />}
          {manages && (
            <Add roles={staff.roles.map((e) => e.role)} act={act} invited={(m) => (invite.value = m)} />
          )}
          <Sessions rows={staff.sessions} ends={(row) => manages || row.mine} act={act} />
        </div>
      </div>
    </>
  );
}

function PersonRow(props: {
  person: Person;
  roles: string[];
  manages: boolean;
  act: Do;
  invited: (made: Invite) => void;
}) {
  const { person, act } = props;
  const wish = useSignal<'role' | 'link' | 'remove' | null>(null);
  const [role, reason, fault] = [useSignal(person.role), useSignal(''), useSignal('')];
  const path = `/api/users/${encodeURIComponent(person.name)}`;
  const go = async () => {
    const why = { reason: reason.value.trim() };
    try {
      if (wish.value === 'role') await act('PUT', `${path}/role`, { ...why, role: role.value });
      if (wish.value === 'remove') await act('POST', `${path}/remove`, why);
      if (wish.value === 'link') {
        const made = (await act('POST', `${path}/link`, why)) as Invite;
        props.invited({ ...made, name: person.name });
      }
      wish.value = null;
      reason.value = '';
    } catch (error) {
      fault.value = refusal(error);
    }
  };
  const proofs = [person.password && say('proof-password'), person.code && say('proof-code')].filter(Boolean);
  return (
    <li>
      <b class="face" aria-hidden="true">
        {[...person.name][0]}
      </b>
      <span>
        <b>{person.name}</b>
        <small>
          {proofs.join(' · ') || say('proof-none')}
          {person.sessions > 0 && ` · ${say('signed-in', { count: person.sessions })}`}
        </small>
      </span>
      <span class="role">{say(`role-${person.role}`)}</span>
      {props.manages && (
        <span class="acts">
          {(['role', 'link', 'remove'] as const).map((what) => (
            <button
              key={what}
              type="button"
              aria-pressed={wish.value === what}
              onClick={() => {
                fault.value = '';
                wish.value = wish.value === what ? null : what;
              }}
            >
              {say(`person-${what}`)}
            </button>
          ))}
        </span>
      )}
      {wish.value && (
        <form
          class="order"
          onSubmit={(event) => {
            event.preventDefault();
            void go();
          }}
        >
          <p>{say(`person-${wish.value}-does`, { name: person.name })}</p>
          {wish.value === 'role' && (
            <Roles roles={props.roles} value={role.value} choose={(is) => (role.value = is)} />
          )}
          <Reason of={reason} />
          <Fault text={fault.value} />
          <div class="acts">
            <button type="button" onClick={() => (wish.value = null)}>
              {say('cancel')}
            </button>
            <button type="submit" class="strong" disabled={!reason.value.trim()}>
              {say(`person-${wish.value}`)}
            </button>
          </div>
        </form>
      )}
    </li>
  );
}

function Roles({ roles, value, choose }: { roles: string[]; value: string; choose: (is: string) => void }) {
  return (
    <label>
      {say('role')}
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {roles.map((role) => (
          <option key={role} value={role}>
            {say(`role-${role}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Add({ roles, act, invited }: { roles: string[]; act: Do; invited: (made: Invite) => void }) {
  const [name, role, reason, fault] = [useSignal(''), useSignal('operator'), useSignal(''), useSignal('')];
  const add = async () => {
    try {
      const wish = { name: name.value.trim(), role: role.value, reason: reason.value.trim() };
      const made = (await act('POST', '/api/users', wish)) as Invite;
      invited({ ...made, name: wish.name });
      name.value = reason.value = fault.value = '';
    } catch (error) {
      fault.value = refusal(error);
    }
  };
  return (
    <section class="sheet">
      <h2>{say('add-title')}</h2>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <label>
          {say('sign-name')}
          <input
            maxLength={32}
            value={name.value}
            onInput={(event) => (name.value = event.currentTarget.value)}
          />
        </label>
        <Roles roles={roles} value={role.value} choose={(is) => (role.value = is)} />
        <Reason of={reason} />
        <Fault text={fault.value} />
        <button type="submit" class="strong" disabled={!name.value.trim() || !reason.value.trim()}>
          {say('add-go')}
        </button>
      </form>
    </section>
  );
}

/** Shown this once: the box keeps only a hash of it. */
function InviteSheet({ invite, done }: { invite: Invite; done: () => void }) {
  const address = `${location.origin}${invite.path}`;
  const copied = useSignal(false);
  return (
    <section class="sheet invite" role="status">
      <h2>{say('invite-title', { name: invite.name })}</h2>
      <p>{say('invite-lead')}</p>
      <code>{address}</code>
      {invite.pin && <p>{say('invite-pin', { pin: invite.pin })}</p>}
      <div class="acts">
        <button type="button" onClick={done}>
          {say('invite-done')}
        </button>
        <button
          type="button"
          class="next"
          onClick={() => void navigator.clipboard.writeText(address).then(() => (copied.value = true))}
        >
          {say(copied.value ? 'invite-copied' : 'invite-copy')}
        </button>
      </div>
    </section>
  );
}

/** What a role does not have ticked, it may not. */
function Matrix({ staff }: { staff: Staff }) {
  return (
    <section class="sheet">
      <h2>{say('roles-title')}</h2>
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">{say('act')}</th>
            {staff.roles.map(({ role }) => (
              <th key={role} scope="col">
                {say(`role-${role}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {staff.acts.map((each) => (
            <tr key={each}>
              <th scope="row">{say(`act-${each}`)}</th>
              {staff.roles.map(({ role, may: allowed }) => (
                <td key={role} class={allowed.includes(each) ? 'yes' : 'no'}>
                  <span aria-hidden="true">{allowed.includes(each) ? '✓' : '–'}</span>
                  <span class="unseen">{say(allowed.includes(each) ? 'yes' : 'no')}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A browser's name out of its long one. */
export function browser(agent: string): string {
  const [, name] = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(agent.replace(/HeadlessChrome/, 'Chrome')) ?? [];
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/
    .exec(agent)?.[1]
    ?.replace('Mac OS X', 'macOS');
  return (
    [{ Edg: 'Edge', OPR: 'Opera' }[name ?? ''] ?? name, system].filter(Boolean).join(' · ') ||
    agent.slice(0, 24)
  );
}

export function Sessions(props: { rows: SessionRow[]; ends: (row: SessionRow) => boolean; act: Do }) {
  const fault = useSignal('');
  const end = (row: SessionRow) =>
    props
      .act('POST', `/api/sessions/${row.number}/end`, { reason: 'console' })
      .catch((error) => (fault.value = refusal(error)));
  return (
    <section class="sheet">
      <h2>{say('sessions-title')}</h2>
      {props.rows.length === 0 && <p class="note">{say('sessions-none')}</p>}
      <ul class="sessions">
        {props.rows.map((row) => (
          <li key={row.number}>
            <span>
              <b>{row.name}</b>
              {row.mine && <small class="here">{say('session-here')}</small>}
              <small>
                {browser(row.agent)} · {row.address} · {say(`how-${row.how}`)}
              </small>
              <small>{say('session-seen', { ago: ago(now() - row.seen_ms) })}</small>
            </span>
            {props.ends(row) && !row.mine && (
              <button type="button" onClick={() => void end(row)}>
                {say('session-end')}
              </button>
            )}
          </li>
        ))}
      </ul>
      <Fault text={fault.value} />
    </section>
  );
}

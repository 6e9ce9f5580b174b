// Signing in, a one-time link, and proving again who one is.
import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './icons';
import { gaveUp, passkeysHere, prove } from './passkey';
import { Fault } from './said';
import { ask, enter, link, type Me, me, mute, Problem, proving, resume, stranger, welcome } from './session';
import { language, say } from './words';

const PASSWORD_LEAST = 10;

export type Step = 'password' | 'code' | 'token';

/** What the box said no with, in the reader's words. */
export function refusal(error: unknown): string {
  if (!(error instanceof Problem) || error.status === 0) return say('offline-problem');
  if (error.status === 429) return say('sign-slow', { seconds: Math.max(1, error.wait) });
  return error.why ? say(`sign-${error.why}`) : error.message;
}

function Field(props: {
  label: string;
  value: Signal<string>;
  secret?: boolean;
  auto: string;
  digits?: boolean;
  first?: boolean;
}) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (props.first) input.current?.focus();
  }, [props.first]);
  const type = (props.secret ? 'password' : 'text') as 'text'; // one of them; the types know each alone
  return (
    <label>
      {props.label}
      <input
        ref={input}
        type={type}
        autocomplete={props.auto}
        inputMode={props.digits ? 'numeric' : 'text'}
        maxLength={props.digits ? 6 : 256}
        required
        value={props.value.value}
        onInput={(event) => (props.value.value = event.currentTarget.value)}
      />
    </label>
  );
}

/** A form that waits for the box, and says what it said. */
function Form(props: {
  title: string;
  lead?: string;
  go: string;
  fault: Signal<string>;
  act: () => Promise<void>;
  children: ComponentChildren;
}) {
  const waits = useSignal(false);
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        if (waits.value) return;
        waits.value = true;
        props.fault.value = '';
        try {
          await props.act();
        } catch (error) {
          props.fault.value = refusal(error);
        }
        waits.value = false;
      }}
    >
      <h1>{props.title}</h1>
      {props.lead && <p>{props.lead}</p>}
      {props.children}
      <Fault text={props.fault.value} />
      <button type="submit" class="next" disabled={waits.value}>
        {waits.value ? say('sign-waits') : props.go}
      </button>
    </form>
  );
}

function OtherLanguage() {
  return (
    <button
      type="button"
      class="quiet"
      onClick={() => (language.value = language.value === 'en' ? 'zh-CN' : 'en')}
    >
      {say('other-language')}
    </button>
  );
}

/** One touch instead of password and code. */
function ByPasskey(props: {
  path: '/api/session/passkey' | '/api/session/confirm/passkey';
  fault: Signal<string>;
  done: (who: Me) => void;
}) {
  const waits = useSignal(false);
  const touch = async () => {
    waits.value = true;
    props.fault.value = '';
    try {
      props.done(await prove(props.path));
    } catch (error) {
      if (!gaveUp(error)) props.fault.value = refusal(error);
    }
    waits.value = false;
  };
  return (
    <button type="button" class="passkey" disabled={waits.value} onClick={() => void touch()}>
      <Icon name="key" /> {waits.value ? say('sign-waits') : say('sign-passkey')}
    </button>
  );
}

export function Who({ first = 'password', told = '' }: { first?: Step; told?: string }) {
  const step = useSignal<Step>(first);
  const [name, password, code, typed, fault] = [
    useSignal(''),
    useSignal(''),
    useSignal(''),
    useSignal(''),
    useSignal(told),
  ];
  const signIn = async () => {
    const given = { name: name.value.trim(), password: password.value, code: code.value };
    try {
      welcome(await ask<Me>('/api/session', given));
    } catch (error) {
      if (!(error instanceof Problem) || error.next !== 'code') throw error;
      step.value = 'code';
    }
  };
  const wrong = stranger.value ? say('who-wrong') : '';
  if (wrong && !fault.value) fault.value = wrong;
  return (
    <main class="who">
      <div class="sheet">
        {step.value === 'password' && (
          <Form title={say('sign-title')} go={say('sign-go')} fault={fault} act={signIn}>
            <Field label={say('sign-name')} value={name} auto="username" first />
            <Field label={say('sign-password')} value={password} secret auto="current-password" />
          </Form>
        )}
        {step.value === 'password' && passkeysHere() && (
          <ByPasskey path="/api/session/passkey" fault={fault} done={welcome} />
        )}
        {step.value === 'code' && (
          <Form
            title={say('sign-code-title')}
            lead={say('sign-code-lead')}
            go={say('sign-go')}
            fault={fault}
            act={signIn}
          >
            <Field label={say('sign-code')} value={code} auto="one-time-code" digits first />
          </Form>
        )}
        {step.value === 'token' && (
          <Form
            title={say('who-title')}
            lead={say('who-lead')}
            go={say('who-go')}
            fault={fault}
            act={async () => {
              await enter(typed.value.trim());
              if (me.value === null) fault.value = say('who-wrong');
            }}
          >
            <Field label={say('who-field')} value={typed} secret auto="off" first />
          </Form>
        )}
        <div class="foot">
          <button
            type="button"
            class="quiet"
            onClick={() => {
              fault.value = '';
              stranger.value = false;
              step.value = step.value === 'password' ? 'token' : 'password';
            }}
          >
            {say(step.value === 'password' ? 'sign-by-token' : 'sign-by-password')}
          </button>
          <OtherLanguage />
        </div>
        <p class="note">{say('sign-lost')}</p>
      </div>
    </main>
  );
}

/** The box does not say who this is. */
export function Mute() {
  return (
    <main class="who">
      <div class="sheet">
        <h1>{say('mute-title')}</h1>
        <p>{say('mute-lead')}</p>
        <button type="button" class="next" onClick={() => void resume()}>
          {say('mute-again')}
        </button>
      </div>
    </main>
  );
}

/** A one-time link: choose a password. `name` empty: the first owner, who chooses that too. */
export function OneTimeLink({ given, known }: { given: string; known?: { name: string } | null }) {
  const found = useSignal<{ name: string } | null | undefined>(known);
  const [name, password, again, fault] = [useSignal(''), useSignal(''), useSignal(''), useSignal('')];
  useEffect(() => {
    if (known !== undefined) return;
    ask<{ name: string }>('/api/link', { token: given })
      .then((told) => (found.value = told))
      .catch((error) => {
        if (error instanceof Problem && error.status) found.value = null;
        else mute.value = true;
      });
  }, [given]);
  const over = () => {
    link.value = '';
    void resume();
  };
  const owner = found.value?.name === '';
  const use = async () => {
    if (password.value !== again.value) throw new Problem(409, '', { why: 'differ' });
    welcome(
      await ask<Me>('/api/link/use', { token: given, name: name.value.trim(), password: password.value }),
    );
  };
  if (found.value === undefined) return null;
  return (
    <main class="who">
      <div class="sheet">
        {found.value === null ? (
          <>
            <h1>{say('link-over-title')}</h1>
            <p>{say('sign-link_over')}</p>
            <button type="button" class="next" onClick={over}>
              {say('sign-by-password')}
            </button>
          </>
        ) : (
          <Form
            title={owner ? say('link-owner-title') : say('link-title', { name: found.value.name })}
            lead={say(owner ? 'link-owner-lead' : 'link-lead')}
            go={say('link-go')}
            fault={fault}
            act={use}
          >
            {owner && <Field label={say('link-name')} value={name} auto="username" first />}
            <Field label={say('link-password')} value={password} secret auto="new-password" first={!owner} />
            <Length password={password.value} />
            <Field label={say('link-again')} value={again} secret auto="new-password" />
          </Form>
        )}
        <div class="foot">
          <OtherLanguage />
        </div>
      </div>
    </main>
  );
}

/** How far a password is from long enough; longer is better, and nothing else is asked. */
export function Length({ password }: { password: string }) {
  const left = PASSWORD_LEAST - password.length;
  return (
    <p class={`length ${left > 0 ? '' : 'enough'}`}>
      <i>
        <b style={{ width: `${Math.min(100, (password.length / (PASSWORD_LEAST * 2)) * 100)}%` }} />
      </i>
      {left > 0 ? say('length-more', { count: left }) : say('length-enough')}
    </p>
  );
}

/** Over any page: prove again who you are. */
export function Confirm({ code }: { code: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [password, typed, fault] = [useSignal(''), useSignal(''), useSignal('')];
  const end = (done: boolean) => proving.value?.(done);
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  const prove = async () => {
    me.value = await ask<Me>('/api/session/confirm', { password: password.value, code: typed.value });
    end(true);
  };
  return (
    <dialog
      ref={dialog}
      class="sheet who"
      onCancel={(event) => {
        event.preventDefault();
        end(false);
      }}
    >
      <Form
        title={say('confirm-title')}
        lead={say('confirm-lead')}
        go={say('confirm-go')}
        fault={fault}
        act={prove}
      >
        <Field label={say('sign-password')} value={password} secret auto="current-password" first />
        {code && <Field label={say('sign-code')} value={typed} auto="one-time-code" digits />}
      </Form>
      {me.value && me.value.passkeys > 0 && passkeysHere() && (
        <ByPasskey
          path="/api/session/confirm/passkey"
          fault={fault}
          done={(who) => {
            me.value = who;
            end(true);
          }}
        />
      )}
      <div class="foot">
        <button type="button" class="quiet" onClick={() => end(false)}>
          {say('cancel')}
        </button>
      </div>
    </dialog>
  );
}

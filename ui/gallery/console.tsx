// The console's pages from fixtures: ?list=NAME, ?page=NAME or ?staff=NAME, with &lang=en, &theme=dark, &stale.
import { render } from 'preact';
import '@fontsource-variable/noto-sans-sc';
import '@fontsource-variable/inter';
import '@fontsource-variable/jetbrains-mono';
import type { ComponentChild } from 'preact';
import { Frame } from '../console/app';
import { Sheet } from '../console/detail';
import { List } from '../console/list';
import { list, offset } from '../console/live';
import { OwnSheet } from '../console/own';
import { NoRight, PeopleSheet, Sessions } from '../console/people';
import { me, proving } from '../console/session';
import { Confirm, Mute, OneTimeLink, Who } from '../console/sign';
import { language } from '../console/words';
import { lists, NOW, pages } from '../fixtures/incidents';
import { app, owner, sessions, staff, stock } from '../fixtures/staff';
import '../console/console.css';

const query = new URLSearchParams(location.search);
language.value = query.get('lang') === 'en' ? 'en' : 'zh-CN';
document.documentElement.lang = language.value;
document.documentElement.dataset.theme = query.get('theme') === 'dark' ? 'dark' : 'light';
document.documentElement.dataset.lists = Object.keys(lists).join(' ');
document.documentElement.dataset.pages = Object.keys(pages).join(' ');
offset.value = NOW - Date.now();
list.value = lists[query.get('list') ?? ''] ?? null;
me.value = owner;

const nothing = () => Promise.resolve();
const staffs: Record<string, () => ComponentChild> = {
  'sign-in': () => <Who />,
  wrong: () => (
    <Who told={query.get('lang') === 'en' ? 'Name, password or code is wrong' : '姓名、密码或验证码不对'} />
  ),
  code: () => <Who first="code" />,
  token: () => <Who first="token" />,
  mute: () => <Mute />,
  'first-owner': () => <OneTimeLink given="x" known={{ name: '' }} />,
  link: () => <OneTimeLink given="x" known={{ name: '周扬' }} />,
  'link-over': () => <OneTimeLink given="x" known={null} />,
  confirm: () => {
    proving.value = () => {};
    return (
      <main>
        <PeopleSheet staff={staff} manages act={nothing} />
        <Confirm code />
      </main>
    );
  },
  people: () => (
    <main>
      <PeopleSheet staff={staff} manages act={nothing} />
    </main>
  ),
  'people-looked-at': () => (
    <main>
      <PeopleSheet staff={{ ...staff, sessions: [] }} manages={false} act={nothing} />
    </main>
  ),
  own: () => (
    <main>
      <OwnSheet who={owner} rows={sessions.slice(0, 1)} act={nothing} />
    </main>
  ),
  'own-app': () => (
    <main>
      <OwnSheet who={{ ...owner, code: false }} rows={sessions.slice(0, 1)} act={nothing} app={app} />
    </main>
  ),
  'own-token': () => (
    <main>
      <OwnSheet who={{ ...owner, session: 0 }} rows={[]} act={nothing} />
    </main>
  ),
  'no-right': () => {
    me.value = stock;
    return (
      <main>
        <NoRight />
        <Sessions rows={[]} ends={() => false} act={nothing} />
      </main>
    );
  },
};
document.documentElement.dataset.staffs = Object.keys(staffs).join(' ');

const root = document.getElementById('root');
const page = pages[query.get('page') ?? ''];
const staffPage = staffs[query.get('staff') ?? ''];
if (root && staffPage) render(staffPage(), root);
else if (root && page) {
  const sheet = <Sheet page={page} fault={query.get('fault') ?? ''} act={() => Promise.resolve()} />;
  render(<main>{sheet}</main>, root);
} else if (root)
  render(
    <Frame silent={query.has('stale') ? 42_000 : 0}>{list.value && <List list={list.value} />}</Frame>,
    root,
  );

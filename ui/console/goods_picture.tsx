// The picture of a product: one of our drawings, or a photo that the box makes small and keeps.
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import enPictures from '../../src/paybooth/locales/en/pictures.ftl?raw';
import zhPictures from '../../src/paybooth/locales/zh-CN/pictures.ftl?raw';
import { drawings } from '../shared/goods/drawings';
import { Goods as Picture } from '../shared/markup';
import { words } from './act';
import { Fault } from './said';
import { may, upload } from './session';
import { learn, say } from './words';
import './pictures.css';

learn(zhPictures, enPictures);

const NAMES = Object.keys(drawings).filter((name) => name !== 'unknown');
const MOST_BYTES = 8 * 1024 * 1024;

export function PicturePicker(props: { name: string; changed: boolean; set: (name: string) => void }) {
  const open = useSignal(false);
  const typed = useSignal('');
  const fault = useSignal('');
  const busy = useSignal(false);
  const field = useRef<HTMLInputElement>(null);
  const wanted = typed.value.trim().toLowerCase();
  const found = NAMES.filter(
    (name) => name.includes(wanted) || say(`picture-${name}`).toLowerCase().includes(wanted),
  );
  const photo = async (file: File | undefined) => {
    if (!file) return;
    fault.value = '';
    if (file.size > MOST_BYTES) {
      fault.value = say('picture-large');
      return;
    }
    busy.value = true;
    try {
      props.set((await upload<{ picture: string }>('/api/pictures', file)).picture);
      open.value = false;
    } catch (error) {
      fault.value = words(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <div class="picture">
      <div class={`picture-now ${props.changed ? 'changed' : ''}`}>
        <Picture name={props.name} label={say('picture-now')} />
      </div>
      {may('edit_goods') && (
        <div class="acts">
          <button type="button" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
            {say('picture-choose')}
          </button>
          <button type="button" disabled={busy.value} onClick={() => field.current?.click()}>
            {say(busy.value ? 'doing' : 'picture-upload')}
          </button>
          <input
            ref={field}
            type="file"
            accept="image/png,image/jpeg,image/webp"
            class="unseen"
            tabIndex={-1}
            aria-label={say('picture-upload')}
            onChange={(event) => void photo(event.currentTarget.files?.[0])}
            onClick={(event) => (event.currentTarget.value = '')} // the same file again is a new try
          />
        </div>
      )}
      <Fault text={fault.value} />
      {open.value && (
        <div class="picture-grid">
          <input
            type="search"
            value={typed.value}
            placeholder={say('picture-find')}
            aria-label={say('picture-find')}
            onInput={(event) => (typed.value = event.currentTarget.value)}
          />
          <ul>
            {found.map((name) => (
              <li key={name}>
                <button
                  type="button"
                  aria-pressed={name === props.name}
                  title={say(`picture-${name}`)}
                  aria-label={say(`picture-${name}`)}
                  onClick={() => props.set(name)}
                >
                  <Picture name={name} />
                </button>
              </li>
            ))}
          </ul>
          {found.length === 0 && <p class="note">{say('picture-none')}</p>}
        </div>
      )}
    </div>
  );
}

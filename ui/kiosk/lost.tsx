// Drawn by the page alone, with no data: the box cannot be reached.
import { type Language, sayer } from '../shared/i18n';
import { Icon } from './parts';

export function Reconnecting({ language }: { language: Language }) {
  return (
    <div class="reconnecting" role="status">
      <Icon name="clock" />
      {sayer(language)('reconnecting')}
    </div>
  );
}

export function ServerLost({
  language,
  fresh,
  paying,
}: {
  language: Language;
  fresh: boolean;
  paying: boolean;
}) {
  if (fresh) return <div class="kiosk" />;
  const other: Language = language === 'en' ? 'zh-CN' : 'en';
  return (
    <div class="veil lost" role="alert">
      <div class="slip">
        <div class="teeth up" />
        {[language, other].map((each) => {
          const say = sayer(each);
          return (
            <section key={each} lang={each}>
              <h1>{say('lost-title')}</h1>
              <p>{say('lost-hint')}</p>
              <p>{say('lost-goods')}</p>
              {paying && (
                <p>
                  <mark>{say('lost-paying')}</mark>
                </p>
              )}
            </section>
          );
        })}
        <div class="working" aria-hidden="true">
          <i />
          <i />
          <i />
        </div>
        <div class="teeth" />
      </div>
    </div>
  );
}

// Incidents: the queue, or one of them.
import { Skeleton } from './app';
import { Detail } from './detail';
import { List } from './list';
import { list } from './live';
import { place } from './route';

export default function Incidents() {
  const live = list.value;
  const id = Number(place.value.id);
  if (id > 0) {
    const current = live?.incidents.find((incident) => incident.id === id);
    return <Detail id={id} fresh={JSON.stringify(current ?? live?.rev ?? '')} />;
  }
  return live ? <List list={live} /> : <Skeleton />;
}

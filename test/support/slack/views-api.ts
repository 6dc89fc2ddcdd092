import { problemsOfView } from './block-kit.ts';
import { because, Refusal } from './refusal.ts';
import { APP, type OpenView, type State } from './state.ts';
import type { Args } from './wire.ts';

/** A view, as Slack shows it to its app. */
export function viewObject({ id, fields }: OpenView, { team }: State, values: object = {}): object {
  return {
    id,
    team_id: team,
    private_metadata: '',
    callback_id: '',
    ...fields,
    state: { values },
    hash: `1596530361.${id}`,
    clear_on_close: false,
    notify_on_close: false,
    previous_view_id: null,
    root_view_id: id,
    app_id: APP.app,
    external_id: '',
    app_installed_team_id: team,
    bot_id: APP.bot,
  };
}

export function openView({ trigger_id, view }: Args, state: State): object {
  if (typeof trigger_id !== 'string' || typeof view !== 'object' || view === null)
    throw because('invalid_arguments', ['missing required field: trigger_id, view']);
  const problems = problemsOfView(view);
  // Slack's word here is no other than for any wrong argument.
  if (problems.length > 0) throw because('invalid_arguments', problems);
  const exchanged = state.tickets.exchange(trigger_id);
  if ('error' in exchanged) throw new Refusal(exchanged.error);
  const id = `V${String(state.views.length + 1).padStart(8, '0')}`;
  const opened: OpenView = { id, user: exchanged.about, fields: { ...view }, isOpen: true, errors: {} };
  state.views.push(opened);
  return { view: viewObject(opened, state) };
}

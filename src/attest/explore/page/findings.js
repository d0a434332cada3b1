// Every check with its outcome and why: by what it is about, filtered by outcome and word.
import { h, sign, words } from './dom.js';
import { allFindings } from './verdict.js';

const concerns = {
  form: 'Form', authenticity: 'Authenticity', revocation: 'Revocation', tcb: 'Security version (TCB)',
  guard: 'What the TEE permits', freshness: 'Freshness', policy: 'Policy',
};
const filter = { outcome: 'all', text: '' };

function list(findings) {
  const wanted = filter.text.toLowerCase();
  const shown = findings.filter((f) => (filter.outcome === 'all' || f.outcome === filter.outcome) &&
    (!wanted || `${f.check} ${f.why}`.toLowerCase().includes(wanted)));
  if (!shown.length) return [h('p', { class: 'empty' }, 'No check fits the filter.')];
  return Object.entries(concerns).flatMap(([concern, title]) => {
    const own = shown.filter((f) => f.concern === concern);
    if (!own.length) return [];
    return [h('section', { class: 'group' }, h('h3', {}, title),
      h('ul', { class: 'findings' }, own.map((f) => h('li', { class: f.outcome, dataset: { check: f.check } },
        sign(f.outcome), h('span', { class: 'outcome' }, words[f.outcome]),
        h('code', {}, f.check), h('p', {}, f.layer ? h('em', {}, f.layer) : null, f.why)))))];
  });
}

export function drawFindings(state) {
  const findings = allFindings(state.answer.result);
  const count = (outcome) => (outcome === 'all' ? findings.length : findings.filter((f) => f.outcome === outcome).length);
  if (filter.outcome !== 'all' && !count(filter.outcome)) filter.outcome = 'all';
  const body = h('div', { class: 'groups' }, list(findings));
  const redraw = () => body.replaceChildren(...list(findings));
  const chips = ['all', 'failed', 'missing', 'warning', 'passed', 'not_applicable'].filter(count).map((outcome) =>
    h('button', { type: 'button', class: `chip ${outcome}`, 'aria-pressed': String(filter.outcome === outcome), onclick: (event) => {
      filter.outcome = outcome;
      for (const chip of chips) chip.setAttribute('aria-pressed', String(chip === event.currentTarget));
      redraw();
    } }, outcome === 'all' ? 'All' : words[outcome], h('span', { class: 'count' }, String(count(outcome)))));
  const search = h('input', { type: 'search', placeholder: 'Filter checks', 'aria-label': 'Filter checks by word', value: filter.text });
  search.addEventListener('input', () => { filter.text = search.value; redraw(); });
  return h('div', {}, h('div', { class: 'toolbar' }, h('div', { class: 'chips', role: 'group', 'aria-label': 'Outcomes' }, chips), search), body);
}

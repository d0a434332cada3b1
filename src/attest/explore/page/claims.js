// What the evidence says, in groups; a claim whose bytes stand in the evidence leads to them.
import { announce, decode, h } from './dom.js';
import { show } from './state.js';

const groups = {
  '': 'In one vocabulary over all vendors', sgx: 'SGX enclave', tdx: 'TDX guest', snp: 'SEV-SNP', quote: 'Quote', platform: 'Platform',
  tcb: 'Security version', nitro: 'Nitro document', azure: 'Azure', tpm: 'TPM', jwt: 'Token', cca: 'CCA', psa: 'PSA',
};
let wanted = '';

const isHex = (value) => typeof value === 'string' && value.length >= 16 && value.length % 2 === 0 && /^[0-9a-f]+$/.test(value);
const isZero = (value) => /^0+$/.test(value);

function find(evidence, value) {
  const needle = value.match(/../g).map((pair) => parseInt(pair, 16));
  const first = evidence.indexOf(needle[0]);
  for (let at = first; at >= 0 && at + needle.length <= evidence.length; at = evidence.indexOf(needle[0], at + 1))
    if (needle.every((byte, i) => evidence[at + i] === byte)) return at;
  return -1;
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
    announce('Copied');
    setTimeout(() => { button.textContent = 'Copy'; }, 1200);
  } catch {
    announce('The browser does not allow copying');
  }
}

function rendered(value, evidence) {
  if (typeof value === 'boolean') return h('span', { class: `flag ${value}` }, value ? 'yes' : 'no');
  if (Array.isArray(value)) return h('span', {}, value.join(', ') || '—');
  if (!isHex(value)) return h('span', { class: 'plain' }, value === '' ? '—' : String(value));
  if (isZero(value)) return h('span', { class: 'zero' }, `${value.length / 2} zero bytes`);
  const at = find(evidence, value);
  return h('span', { class: 'bytes' },
    h('code', {}, value.match(/.{1,8}/g).flatMap((part) => [h('span', {}, part), document.createElement('wbr')])),
    h('span', { class: 'actions' },
      h('button', { type: 'button', class: 'link', onclick: (event) => copy(value, event.currentTarget) }, 'Copy'),
      at < 0 ? null : h('button', { type: 'button', class: 'link',
        onclick: () => show({ tab: 'bytes', field: { offset: at, size: value.length / 2 } }) }, 'Show')));
}

function tables(result, evidence, prefix = '') {
  const { vendor, ...common } = result.claims;
  const byGroup = new Map([['', Object.entries(common)]]);
  for (const [name, value] of Object.entries(vendor)) {
    const group = name.split('.')[0];
    if (!byGroup.has(group)) byGroup.set(group, []);
    byGroup.get(group).push([name, value]);
  }
  const out = [];
  for (const [group, rows] of byGroup) {
    const fitting = rows.filter(([name, value]) => !wanted || `${name} ${value}`.toLowerCase().includes(wanted));
    if (!fitting.length) continue;
    out.push(h('section', { class: 'group' }, h('h3', {}, prefix + (groups[group] ?? group)),
      h('table', { class: 'claims' }, h('tbody', {}, fitting.map(([name, value]) =>
        h('tr', {}, h('th', { scope: 'row' }, group ? name.slice(group.length + 1) || name : name),
          h('td', {}, rendered(value, evidence))))))));
  }
  return [...out, ...(result.layers ?? []).flatMap((layer, i) => tables(layer, evidence, `Layer ${i + 1}: `))];
}

export function drawClaims(state) {
  const evidence = decode(state.answer.evidence);
  const body = h('div', { class: 'groups' });
  const redraw = () => {
    const found = tables(state.answer.result, evidence);
    body.replaceChildren(...(found.length ? found : [h('p', { class: 'empty' }, 'No claim fits the filter.')]));
  };
  const search = h('input', { type: 'search', placeholder: 'Filter claims', 'aria-label': 'Filter claims', value: wanted });
  search.addEventListener('input', () => { wanted = search.value.toLowerCase(); redraw(); });
  redraw();
  return h('div', {}, h('div', { class: 'toolbar' },
    h('p', { class: 'hint' }, state.answer.result.authentic ? 'What authentic evidence says.' : 'Not authentic: this is what it pretends.'), search), body);
}

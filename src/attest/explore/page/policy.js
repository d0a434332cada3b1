// The policy editor: line numbers, colours, the error at its line, and what the policy says in words.
import { h } from './dom.js';
import { draft } from './draft.js';

// One line of TOML in coloured parts.
function coloured(line) {
  const parts = [];
  const rules = [[/^#.*/, 'comment'], [/^"(?:\\.|[^"\\])*"?/, 'string'], [/^\[\[?[^\]"]*\]?\]?(?=\s*(#|$))/, 'table'],
    [/^insecure_\w+/, 'insecure'], [/^[A-Za-z_][\w-]*(?=\s*=)/, 'key'], [/^(?:true|false)\b/, 'literal'], [/^\d[\w.:+-]*/, 'literal']];
  for (let rest = line; rest;) {
    const hit = rules.map(([rule, name]) => [(name !== 'table' || rest === line) && rule.exec(rest)?.[0], name]).find(([text]) => text);
    const plain = hit ? '' : /^[^#"\[\dA-Za-z_]+|^[A-Za-z_]\w*|^./.exec(rest)[0];
    parts.push(hit ? h('span', { class: hit[1] }, hit[0]) : plain);
    rest = rest.slice((hit ? hit[0] : plain).length);
  }
  return parts;
}

let parts = null;

function paint(line = 0) {
  const lines = parts.text.value.split('\n');
  parts.back.replaceChildren(...lines.map((one, i) => h('div', { class: i + 1 === line ? 'wrong' : '' }, ...coloured(one), '\u200b')));
  parts.gutter.replaceChildren(...lines.map((_, i) => h('div', { class: i + 1 === line ? 'wrong' : '' }, String(i + 1))));
  parts.text.style.height = `${Math.max(lines.length, 8) * 20 + 20}px`;
}

function save() {
  const url = URL.createObjectURL(new Blob([parts.text.value], { type: 'application/toml' }));
  h('a', { href: url, download: 'policy.toml' }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

export function createPolicy(state, change) {
  const text = h('textarea', { id: 'policy', spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off', wrap: 'off',
    'aria-label': 'Policy (TOML)', 'aria-describedby': 'policy-state', placeholder: 'version = 1\n\n[[allow]]\ntee = ["sgx"]' });
  text.value = state.input.policy;
  const set = (value) => { text.value = value; change({ policy: value }); paint(); };
  text.addEventListener('input', () => { change({ policy: text.value }, 200); paint(); });
  parts = { text, back: h('pre', { 'aria-hidden': 'true' }), gutter: h('div', { class: 'gutter', 'aria-hidden': 'true' }),
    state: h('p', { id: 'policy-state', class: 'state' }), words: h('div', { class: 'explanation' }) };
  const editor = h('div', { class: 'editor' }, parts.gutter, h('div', { class: 'code' }, parts.back, text));
  requestAnimationFrame(() => paint());
  return h('section', { class: 'card policy' }, h('header', {}, h('h2', {}, 'Policy'),
    h('div', { class: 'actions' },
      h('button', { type: 'button', class: 'link', onclick: () => state.answer && set(draft(state.answer)) }, 'Draft from this'),
      h('button', { type: 'button', class: 'link', onclick: save }, 'Save'),
      h('button', { type: 'button', class: 'link', onclick: () => set('') }, 'Clear'))),
    editor, parts.state, parts.words);
}

function explained(policy) {
  const blocks = [];
  for (const line of policy.explanation.trim().split('\n')) {
    if (line.startsWith('  - ')) blocks.at(-1)?.items.push(line.slice(4));
    else if (!line.startsWith('Weakness: ')) blocks.push({ head: line, items: [] });
  }
  return [...policy.weaknesses.map((text) => h('p', { class: 'weakness' }, h('strong', {}, 'Weak: '), text)),
    ...blocks.flatMap(({ head, items }) => [h('p', {}, head), items.length ? h('ul', {}, items.map((item) => h('li', {}, item))) : null])];
}

export function drawPolicyAnswer({ answer, input }) {
  if (!parts) return;
  const { policy } = answer;
  const line = policy && !policy.good ? policy.line : 0;
  paint(line);
  parts.text.setAttribute('aria-invalid', String(Boolean(policy && !policy.good)));
  parts.state.className = `state ${!policy ? '' : policy.good ? 'good' : 'bad'}`;
  parts.state.textContent = !policy ? 'Without a policy the vendor’s rules alone decide.'
    : policy.good ? 'The policy is in force.' : `${line ? `Line ${line}: ` : ''}${policy.error}. The verdict leaves the policy out.`;
  parts.words.replaceChildren(...(policy?.good ? [h('details', { open: true }, h('summary', {}, 'In words'), explained(policy))] : []));
}

// Puts the page together: what comes in (files, paste, examples), and the parts that draw.
import * as api from './api.js';
import { announce, encode, h } from './dom.js';
import { change, changeInputs, listen, load, report, reset, show, state } from './state.js';
import { startTheme } from './theme.js';
import { drawBytes } from './bytes.js';
import { drawChains } from './chain.js';
import { drawClaims } from './claims.js';
import { drawFindings } from './findings.js';
import { drawInputs } from './inputs.js';
import { createPolicy, drawPolicyAnswer } from './policy.js';
import { drawVerdict } from './verdict.js';

const main = document.getElementById('main');
const side = document.getElementById('side');
const tabs = [['checks', 'Checks', drawFindings], ['claims', 'Claims', drawClaims], ['bytes', 'Bytes', drawBytes]];

// Takes files in whatever order: each becomes what it is recognised as.
async function take(files) {
  const found = { collateral: [...state.input.collateral] };
  try {
    for (const file of files) {
      const content = encode(new Uint8Array(await file.arrayBuffer()));
      const { kind } = await api.recognise(file.name, content);
      if (kind === 'policy') found.policy = await file.text();
      else if (kind === 'collateral') found.collateral.push({ name: file.name, content, root: false });
      else if (kind === 'evidence' || !found.evidence) Object.assign(found, { evidence: content, title: file.name, about: '' });
    }
    if (state.input.evidence) changeInputs(found);
    else load(found);
  } catch (error) {
    report(error.message);
  }
}

const paste = (text) => take([new File([text], 'pasted text')]);

async function openExample(name) {
  try {
    load(await api.example(name));
  } catch (error) {
    report(error.message);
  }
}

function welcome() {
  const box = h('textarea', { rows: 4, spellcheck: 'false', id: 'paste',
    placeholder: 'A quote in hexadecimal or base64, a token (eyJ…), a document' });
  return [
    h('section', { class: 'welcome' },
      h('h1', {}, 'What does this evidence prove?'),
      h('p', { class: 'lead' }, 'Drop a quote, report, token or document of a trusted execution environment, with its ' +
        'certificates and collateral, in any order. Every field, signature and check is drawn, and nothing leaves this machine.'),
      state.error ? h('p', { class: 'notice bad', role: 'alert' }, state.error) : null,
      h('div', { class: 'dropzone' },
        h('button', { type: 'button', class: 'button strong', onclick: () => document.getElementById('files').click() }, 'Choose files'),
        h('p', {}, 'or drop them anywhere on this page'),
        h('label', { for: 'paste', class: 'label' }, 'or paste'), box,
        h('button', { type: 'button', class: 'button', onclick: () => box.value.trim() && paste(box.value) }, 'Look at it')),
      h('h2', {}, 'Or begin with an example'),
      h('ul', { class: 'examples' }, api.examples.map(([name, title, about, verdict]) =>
        h('li', {}, h('button', { type: 'button', class: `card ${verdict}`, onclick: () => openExample(name) },
          h('strong', {}, title), h('span', {}, about), h('small', {}, verdict)))))),
  ];
}

function tablist() {
  const select = (id) => { show({ tab: id }); document.getElementById(`tab-${id}`)?.focus(); };
  const keys = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.findIndex(([id]) => id === state.tab);
    select(tabs[(at + step + tabs.length) % tabs.length][0]);
  };
  return h('div', { role: 'tablist', 'aria-label': 'Details', class: 'tabs', onkeydown: keys }, tabs.map(([id, title]) =>
    h('button', { type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': 'panel', 'aria-selected': String(id === state.tab),
      tabindex: id === state.tab ? 0 : -1, onclick: () => select(id) }, title)));
}

function details() {
  const panel = tabs.find(([id]) => id === state.tab)[2];
  return h('section', { class: 'card details', id: 'details' }, tablist(),
    h('div', { role: 'tabpanel', id: 'panel', 'aria-labelledby': `tab-${state.tab}`, tabindex: 0 }, panel(state)));
}

function draw(what) {
  const loaded = state.input.evidence !== '';
  document.body.classList.toggle('loaded', loaded);
  document.getElementById('clear').hidden = !loaded;
  side.hidden = !loaded;
  if (!loaded) {
    side.replaceChildren();
    main.replaceChildren(...welcome());
    return;
  }
  if (what === 'view') {
    document.getElementById('details')?.replaceWith(details());
    return;
  }
  if (what === 'input') side.replaceChildren(drawInputs(state, { change, changeInputs, take }), createPolicy(state, change));
  if (!state.answer) {
    main.replaceChildren(state.error ? h('p', { class: 'notice bad', role: 'alert' }, state.error)
      : h('p', { class: 'lead waiting' }, 'Verifying…'));
    return;
  }
  drawPolicyAnswer(state);
  main.replaceChildren(...[state.error && h('p', { class: 'notice bad', role: 'alert' }, state.error), drawVerdict(state),
    drawChains(state), details()].filter(Boolean));
  announce(`${state.answer.result.verdict}: ${state.answer.result.format || 'unknown format'}`);
}

function start() {
  startTheme(document.getElementById('theme'));
  const files = document.getElementById('files');
  document.getElementById('open').addEventListener('click', () => files.click());
  document.getElementById('clear').addEventListener('click', () => { reset(); main.focus(); });
  files.addEventListener('change', () => { take([...files.files]); files.value = ''; });
  const menu = document.getElementById('examples');
  menu.append(...api.examples.map(([name, title, about]) => h('option', { value: name }, `${title}: ${about}`)));
  menu.addEventListener('change', () => { if (menu.value) openExample(menu.value); menu.value = ''; });
  let depth = 0;
  const dragging = (on) => document.body.classList.toggle('dragging', on);
  addEventListener('dragenter', () => dragging(++depth > 0));
  addEventListener('dragleave', () => dragging(--depth > 0));
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    dragging((depth = 0) > 0);
    const text = event.dataTransfer.getData('text');
    if (event.dataTransfer.files.length) take([...event.dataTransfer.files]);
    else if (text) paste(text);
  });
  addEventListener('paste', (event) => {
    if (event.target.closest('input, textarea')) return;
    const text = event.clipboardData.getData('text');
    if (event.clipboardData.files.length) take([...event.clipboardData.files]);
    else if (text.trim()) paste(text);
  });
  listen(draw);
  draw('input');
  api.session().then((session) => session && load(session), (error) => report(error.message));
}

start();

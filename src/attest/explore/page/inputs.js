// What the evidence is judged with: collateral, time, nonce.
import { h } from './dom.js';
import { listen, state } from './state.js';

function collateralItem(piece, index, actions) {
  const told = state.answer?.collateral?.[index];
  const isCertificate = told?.kinds?.includes('certificate');
  const kinds = told?.kinds ? [...new Set(told.kinds)].map((kind) => {
    const n = told.kinds.filter((k) => k === kind).length;
    return n > 1 ? `${n} × ${kind}` : kind;
  }).join(', ') : '';
  const without = state.input.collateral.filter((_, i) => i !== index);
  const trust = () => actions.changeInputs({
    collateral: state.input.collateral.map((one, i) => (i === index ? { ...one, root: !one.root } : one)) });
  return h('li', { class: told?.error ? 'bad' : '' },
    h('span', { class: 'file' }, piece.name),
    h('span', { class: 'kind' }, told?.error ?? kinds),
    isCertificate || piece.root ? h('label', { class: 'trust' },
      h('input', { type: 'checkbox', checked: piece.root, onchange: trust }), 'trust as root') : null,
    h('button', { type: 'button', class: 'link remove', 'aria-label': `Remove ${piece.name}`,
      onclick: () => actions.changeInputs({ collateral: without }) }, '✕'));
}

function field(label, hint, properties, part, actions) {
  const input = h('input', { type: 'text', spellcheck: 'false', autocomplete: 'off', ...properties, value: state.input[part] });
  input.addEventListener('input', () => actions.change({ [part]: input.value.trim() }, 250));
  return h('label', { class: 'entry' }, h('span', {}, label), input, hint ? h('small', {}, hint) : null);
}

export function drawInputs(current, actions) {
  const list = h('ul', { class: 'collateral' });
  const redraw = () => {
    const pieces = state.input.collateral;
    list.replaceChildren(...(pieces.length ? pieces.map((piece, i) => collateralItem(piece, i, actions))
      : [h('li', { class: 'empty' }, 'None. Certificates, revocation lists, TCB information and keys are recognised by their content.')]));
  };
  redraw();
  listen((what) => { if (what === 'answer' && list.isConnected) redraw(); });
  return h('section', { class: 'card inputs' }, h('h2', {}, 'Judged with'),
    h('div', { class: 'row' }, h('h3', {}, 'Collateral'),
      h('button', { type: 'button', class: 'link', onclick: () => document.getElementById('files').click() }, 'Add files')), list,
    h('div', { class: 'pair' },
      field('Time', '', { placeholder: 'now', 'aria-label': 'Time of judgement (RFC 3339); empty is now' }, 'time', actions),
      field('Nonce', '', { placeholder: 'none demanded', 'aria-label': 'Nonce in hexadecimal' }, 'nonce', actions)));
}

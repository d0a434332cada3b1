// The bytes themselves beside the fields that they make; pointing at one shows the other.
import { decode, h } from './dom.js';

const perLine = 16;
const most = 32768; // bytes that are drawn at once

function leaves(fields) {
  return fields.flatMap((field) => (field.children?.some((c) => c.size) ? leaves(field.children) : field.size ? [field] : []));
}

function dump(bytes, fields) {
  const shown = Math.min(bytes.length, most);
  const owner = new Int32Array(shown).fill(-1);
  fields.forEach((field, i) => owner.fill(i, Math.min(field.offset, shown), Math.min(field.offset + field.size, shown)));
  const lines = [];
  for (let at = 0; at < shown; at += perLine) {
    const line = h('div', { class: 'line' }, h('span', { class: 'offset' }, at.toString(16).padStart(5, '0')));
    let text = '';
    for (let i = at; i < Math.min(at + perLine, shown);) {
      let end = i;
      while (end < Math.min(at + perLine, shown) && owner[end] === owner[i]) ++end;
      const digits = [];
      for (let j = i; j < end; ++j) digits.push(bytes[j].toString(16).padStart(2, '0'));
      line.append(h('span', { class: `run tone${owner[i] < 0 ? 'less' : owner[i] % 4}`, dataset: { field: owner[i], at: i } }, digits.join(' ')));
      i = end;
    }
    for (let i = at; i < Math.min(at + perLine, shown); ++i) text += bytes[i] >= 0x20 && bytes[i] < 0x7f ? String.fromCharCode(bytes[i]) : '·';
    line.append(h('span', { class: 'text' }, text));
    lines.push(line);
  }
  if (shown < bytes.length) lines.push(h('p', { class: 'empty' }, `${bytes.length - shown} more bytes are not drawn.`));
  return lines;
}

export function drawBytes(state) {
  const bytes = decode(state.answer.evidence);
  const { structure } = state.answer;
  const own = leaves(structure);
  const view = h('div', { class: 'dump', tabindex: 0, role: 'region', 'aria-label': 'Bytes in hexadecimal' }, dump(bytes, own));
  const buttons = new Map();

  // `range` of bytes, by the runs that it touches; the one button of that extent is marked.
  const highlight = (range, scroll) => {
    let first = null;
    for (const run of view.querySelectorAll('.run')) {
      const at = Number(run.dataset.at), size = (run.textContent.length + 1) / 3;
      const on = at < range.offset + range.size && at + size > range.offset;
      run.classList.toggle('on', on);
      if (on && !first) first = run;
    }
    for (const [field, button] of buttons) button.setAttribute('aria-current', String(field.offset === range.offset && field.size === range.size));
    if (scroll && first) view.scrollTop += first.getBoundingClientRect().top - view.getBoundingClientRect().top - 60;
  };

  const tree = (fields, depth) => fields.map((field) => {
    const button = h('button', { type: 'button', disabled: !field.size, 'aria-current': 'false',
      onclick: () => { state.field = field; highlight(field, true); }, onfocus: () => field.size && highlight(field, true) },
      h('span', { class: 'field' }, field.name), field.text ? h('span', { class: 'value' }, field.text) : null,
      h('span', { class: 'size' }, field.size ? `${field.size} B` : ''));
    buttons.set(field, button);
    if (!field.children?.length) return h('li', {}, button);
    return h('li', {}, h('details', { open: depth < 2 }, h('summary', {}, button), h('ul', {}, tree(field.children, depth + 1))));
  });

  view.addEventListener('click', (event) => {
    const field = own[event.target.closest('.run')?.dataset.field];
    if (!field) return;
    const button = buttons.get(field);
    for (let up = button.closest('details'); up; up = up.parentElement.closest('details')) up.open = true;
    highlight(field, false);
    button.scrollIntoView({ block: 'nearest' });
  });
  const root = h('ul', { class: 'tree' }, tree(structure, 0));
  if (state.field) requestAnimationFrame(() => highlight(state.field, true));
  return h('div', { class: 'bytesview' }, h('nav', { 'aria-label': 'Fields' }, root),
    h('div', { class: 'hexes' }, h('p', { class: 'hint' }, `${bytes.length} bytes; choose a field or click its bytes`), view));
}

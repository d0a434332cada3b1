// Elements without markup in strings: text from evidence is only ever text.

function fill(element, properties, children) {
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'dataset') Object.assign(element.dataset, value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const h = (tag, properties, ...children) => fill(document.createElement(tag), properties, children);
export const s = (tag, properties, ...children) =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', tag), properties, children);

const paths = {
  passed: 'M4 10.5l4 4 8-9',
  failed: 'M5 5l10 10M15 5L5 15',
  missing: 'M7 7.5a3 3 0 1 1 4.4 2.6c-1 .6-1.4 1.1-1.4 2.2M10 15.4v.2',
  warning: 'M10 4.5v7M10 15v.2',
  not_applicable: 'M5 10h10',
};

// The sign of an outcome; its word stands beside it or in its label.
export const sign = (outcome) =>
  s('svg', { viewBox: '0 0 20 20', class: `sign ${outcome}`, 'aria-hidden': 'true' },
    s('circle', { cx: 10, cy: 10, r: 9.5 }), s('path', { d: paths[outcome] }));

export const words = {
  passed: 'Passed', failed: 'Failed', missing: 'Missing', warning: 'Warning', not_applicable: 'Not applicable',
};

export function announce(text) {
  document.getElementById('announce').textContent = text;
}

export const encode = (bytes) => {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
};
export const decode = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
export const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

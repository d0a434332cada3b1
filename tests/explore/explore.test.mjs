// `strongroom explore` as a person uses it, in headless Chromium. Environment: STRONGROOM, the command; CHROMIUM;
// SCREENSHOTS, a directory for pictures of the page (optional).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

const examples = new URL('../../src/attest/explore/examples/', import.meta.url);
const example = (name) => JSON.parse(readFileSync(new URL(`${name}.json`, examples)));
const titles = { sgx: 'SGX enclaveUp', 'tdx-out-of-date': 'TDX guest', snp: 'SEV-SNP guest', 'snp-debug': 'SEV-SNP, debugging', nitro: 'Nitro enclave',
  'nitro-forged': 'Nitro, forged', 'sgx-missing': 'SGX, incomplete' };
let server, address, browser, page, foreign, errors;

// The first line of the command's output holds the address.
function listening(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (part) => {
      text += part;
      const found = /http:\S+/.exec(text);
      if (found) resolve(found[0]);
    });
    child.on('exit', (code) => reject(new Error(`strongroom explore ended with ${code}`)));
  });
}

before(async () => {
  server = spawn(process.env.STRONGROOM, ['explore'], { stdio: ['ignore', 'pipe', 'inherit'] });
  address = await listening(server);
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
});
after(async () => {
  await browser?.close();
  server?.kill();
});

async function open(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, colorScheme: 'light', ...options });
  page = await context.newPage();
  foreign = [];
  errors = [];
  page.on('request', (request) => { if (!request.url().startsWith(new URL(address).origin) && !request.url().startsWith('blob:')) foreign.push(request.url()); });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()); });
  await page.goto(address);
  await page.locator('.examples button').first().waitFor();
}
async function close() {
  await page.context().close();
  assert.deepEqual(foreign, [], 'the page asked for content from elsewhere');
  assert.deepEqual(errors, []);
}
const choose = async (name) => {
  if (await page.locator('body.loaded').count()) await page.selectOption('#examples', name);
  else await page.locator('.examples button', { hasText: new RegExp(`^${titles[name]}`) }).click();
};
const verdict = async (word) => {
  await page.locator(`#verdict[data-verdict="${word}"]`).waitFor();
};
const picture = async (name) => {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), animations: 'disabled' });
};

test('every example gets its verdict, with a chain, checks, claims and bytes', async () => {
  await open();
  await picture('explore-welcome');
  for (const [name, word] of [['sgx', 'accepted'], ['tdx-out-of-date', 'refused'], ['snp', 'accepted'], ['snp-debug', 'refused'],
    ['nitro', 'accepted'], ['nitro-forged', 'refused'], ['sgx-missing', 'undetermined']]) {
    await choose(name);
    await page.locator('.verdict .source', { hasText: example(name).title }).waitFor();
    await verdict(word);
    assert.ok(await page.locator('.certificate').count() >= 3, name);
    assert.ok(await page.locator('.findings li').count() >= 8, name);
    await page.getByRole('tab', { name: 'Claims' }).click();
    assert.ok(await page.locator('.claims tr').count() >= 8, name);
    await page.getByRole('tab', { name: 'Bytes' }).click();
    assert.ok(await page.locator('.dump .line').count() >= 30, name);
    await page.getByRole('tab', { name: 'Checks' }).click();
  }
  await close();
});

test('a policy is judged while it is typed, and its error stands at its line', async () => {
  await open();
  await choose('snp');
  await verdict('accepted');
  const editor = page.locator('#policy');
  await editor.fill('version = 1\n[[allow]]\ntee = ["sgx"]\ninsecure_any_code = true\n');
  await verdict('refused');
  assert.match(await page.locator('.explanation').innerText(), /the TEE is sgx/);
  assert.match(await page.locator('.weakness').innerText(), /insecure_any_code/);
  await editor.fill('version = 1\n[[allow]]\ntea = ["sgx"]\n');
  await page.locator('.policy .state.bad').waitFor();
  assert.match(await page.locator('#policy-state').innerText(), /^Line 3: unknown key "tea"/);
  assert.equal(await page.locator('.gutter .wrong').innerText(), '3');
  await page.getByRole('button', { name: 'Draft from this' }).click();
  await page.locator('.policy .state.good').waitFor();
  await verdict('accepted');
  assert.match(await editor.inputValue(), /key_sha256 = "[0-9a-f]{64}"/);
  assert.match(await page.locator('#policy-state').innerText(), /in force/);
  await close();
});

test('checks are filtered by outcome and by word', async () => {
  await open();
  await choose('snp-debug');
  await verdict('refused');
  await page.getByRole('button', { name: /^Failed/ }).click();
  assert.deepEqual(await page.locator('.findings li').evaluateAll((all) => [...new Set(all.map((one) => one.className))]), ['failed']);
  assert.equal(await page.locator('.findings li[data-check="debug"]').count(), 1);
  await page.getByRole('button', { name: /^All/ }).click();
  await page.getByRole('searchbox', { name: /Filter checks/ }).fill('key.chain');
  assert.equal(await page.locator('.findings li').count(), 1);
  await close();
});

test('claims lead to their bytes, fields to theirs, and bytes to their field', async () => {
  await open();
  await choose('snp');
  await verdict('accepted');
  await page.getByRole('tab', { name: 'Claims' }).click();
  await page.locator('.claims tr', { hasText: 'measurement' }).first().getByRole('button', { name: 'Show' }).click();
  await page.locator('.tree button[aria-current="true"]', { hasText: 'MEASUREMENT' }).waitFor();
  const marked = () => page.locator('.run.on').evaluateAll((runs) => runs.map((run) => run.textContent).join(' ').split(' ').length);
  assert.equal(await marked(), 48);
  await page.locator('.tree button', { hasText: 'REPORT_ID_MA' }).click();
  assert.equal(await marked(), 32);
  await page.locator('.dump .run').first().click();
  assert.match(await page.locator('.tree button[aria-current="true"]').innerText(), /VERSION/);
  await close();
});

test('evidence and collateral are dropped in any order, pasted, and taken away', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'explore-'));
  const { evidence, collateral, time } = example('sgx');
  const files = collateral.map(({ name, content }) => {
    writeFileSync(join(directory, name), Buffer.from(content, 'base64'));
    return join(directory, name);
  });
  writeFileSync(join(directory, 'quote.hex'), Buffer.from(evidence, 'base64').toString('hex'));
  await open();
  await page.setInputFiles('#files', [...files, join(directory, 'quote.hex')]);
  await verdict('refused'); // nobody trusts its root yet
  rmSync(directory, { recursive: true });
  await page.getByLabel(/Time of judgement/).fill(time);
  await page.locator('.collateral li', { hasText: 'example-root' }).getByRole('checkbox').check();
  await verdict('accepted');
  await page.getByRole('button', { name: 'Remove tcb_info' }).click();
  await verdict('undetermined');
  await page.getByRole('button', { name: 'Start over' }).click();
  await page.locator('#paste').fill(example('nitro').evidence);
  await page.getByRole('button', { name: 'Look at it' }).click();
  await verdict('refused');
  assert.match(await page.locator('.facts').innerText(), /nitro-document/);
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], 'dropped'));
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, 'no evidence at all');
  await verdict('malformed');
  await close();
});

test('everything can be reached by the keyboard', async () => {
  await open();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.locator('.examples button').first().focus();
  await page.keyboard.press('Enter');
  await verdict('accepted');
  await page.getByRole('tab', { name: 'Checks' }).focus();
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.getByRole('tab', { name: 'Claims' }).getAttribute('aria-selected'), 'true');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  const nameless = await page.evaluate(() => [...document.querySelectorAll('button, input, select, textarea')].filter((one) =>
    !one.hidden && one.type !== 'file' && !(one.textContent.trim() || one.getAttribute('aria-label') || one.labels?.length)).length);
  assert.equal(nameless, 0, 'a control has no name');
  await close();
});

// WCAG 2.2, success criterion 1.4.3, for the text of the page as it is drawn.
const lowContrast = () => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (colour, under) => {
    canvas.fillStyle = under;
    canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const bad = [];
  for (const element of document.querySelectorAll('main *, aside *, header *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const box = element.getBoundingClientRect();
    if (!own || !box.width || element.closest('textarea, .hidden, option, [disabled]')) continue;
    let under = 'white';
    const layers = [];
    for (let up = element; up; up = up.parentElement) layers.unshift(getComputedStyle(up).backgroundColor);
    for (const layer of layers) under = `rgb(${rgb(layer, under)})`;
    const [a, b] = [light(rgb(getComputedStyle(element).color, under)), light(rgb(under, under))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push(`${element.tagName}.${element.className} "${element.textContent.slice(0, 30)}" ${ratio.toFixed(2)}`);
  }
  return bad;
};

test('text has contrast in light and dark, by the system and by the button', async () => {
  for (const colorScheme of ['light', 'dark']) {
    await open({ colorScheme });
    for (const [name, word] of [['tdx-out-of-date', 'refused'], ['sgx-missing', 'undetermined'], ['sgx', 'accepted']]) {
      await choose(name);
      await page.locator('.verdict .source', { hasText: example(name).title }).waitFor();
      await verdict(word);
      for (const tab of ['Checks', 'Claims', 'Bytes']) {
        await page.getByRole('tab', { name: tab }).click();
        assert.deepEqual(await page.evaluate(lowContrast), [], `${colorScheme} ${name} ${tab}`);
        await page.evaluate(() => scrollTo(0, 0));
        if (tab === 'Bytes') await page.locator('.tree button', { hasText: 'MRTD' }).or(page.locator('.tree button', { hasText: 'MRENCLAVE' })).first().click();
        await picture(`explore-${name}-${tab.toLowerCase()}-${colorScheme}`);
      }
    }
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const first = await background();
    const toggle = page.locator('#theme');
    await toggle.click();
    await toggle.click();
    assert.equal((await background()) !== first, colorScheme === 'light', 'after auto and light comes dark');
    await page.reload();
    await page.locator('.examples button').first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await close();
  }
});

test('it fits a phone', async () => {
  await open({ viewport: { width: 390, height: 844 } });
  await picture('explore-phone-welcome');
  await choose('tdx-out-of-date');
  await verdict('refused');
  for (const tab of ['Checks', 'Claims', 'Bytes']) {
    await page.getByRole('tab', { name: tab }).click();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${tab} is ${wide} pixels too wide`);
  }
  await page.evaluate(() => scrollTo(0, 0));
  await picture('explore-phone');
  await close();
});

test('evidence cannot put markup into the page', async () => {
  await open();
  const attack = '<img src=x onerror="document.title=1">';
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  await page.locator('#paste').fill(`${part({ alg: 'ES256' })}.${part({ [attack]: attack, iss: attack, exp: 1900000000 })}.${'A'.repeat(86)}`);
  await page.getByRole('button', { name: 'Look at it' }).click();
  await page.locator('#verdict').waitFor();
  for (const tab of ['Checks', 'Claims', 'Bytes']) {
    await page.getByRole('tab', { name: tab }).click();
    assert.equal(await page.locator('main img').count(), 0);
  }
  assert.equal(await page.title(), 'Strongroom Explore');
  await close();
});

test('a page of another site gets no answer, and one without the token none either', async () => {
  const context = await browser.newContext();
  const other = await context.newPage();
  await other.goto('data:text/html,<p>elsewhere');
  const tried = await other.evaluate(async ([url, token]) => {
    const tries = [fetch(`${url}api/session`, { headers: { 'X-Strongroom-Token': token } }), fetch(`${url}api/session`, { mode: 'no-cors' }).then((r) => r.text())];
    return (await Promise.allSettled(tries)).map((t) => t.value ?? 'refused');
  }, address.split('#'));
  assert.deepEqual(tried, ['refused', 'refused']);
  await other.goto(address.split('#')[0]);
  await other.locator('.notice.bad').waitFor();
  assert.match(await other.locator('.notice.bad').innerText(), /token is missing/);
  await context.close();
});

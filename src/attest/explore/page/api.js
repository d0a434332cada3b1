// The server's answers. The session's token stands in the address' fragment, which browsers send nowhere.

const token = location.hash.slice(1);

async function ask(path, body) {
  const headers = { 'X-Strongroom-Token': token };
  if (body) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(path, { method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Error('strongroom explore does not answer; is it still running?');
  }
  if (!response.ok) throw new Error((await response.text()).trim());
  return response.json();
}

export const verify = (input) => ask('/api/verify', input);
export const recognise = (name, content) => ask('/api/recognise', { name, content });
export const session = () => ask('/api/session');
export const example = (name) => ask(`/api/examples/${name}.json`);

export const examples = [
  ['sgx', 'SGX enclave', 'Up to date, and its signer is named', 'accepted'],
  ['tdx-out-of-date', 'TDX guest', 'Genuine, on a platform that lacks updates', 'refused'],
  ['snp', 'SEV-SNP guest', 'A Turin processor; bound to a nonce', 'accepted'],
  ['snp-debug', 'SEV-SNP, debugging', 'Well signed, and open to its host', 'refused'],
  ['nitro', 'Nitro enclave', 'With the certificates that it carries', 'accepted'],
  ['nitro-forged', 'Nitro, forged', 'All in order but one signature', 'refused'],
  ['sgx-missing', 'SGX, incomplete', 'TCB information is not at hand', 'undetermined'],
];

// Recognises addresses that are written without a scheme: a host or an IP address, and what is asked of it.

const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?`
const HOST = String.raw`(?:(?:${LABEL}[.。．｡])+(?:\p{L}{2,24}|xn--[a-z0-9-]+)|\d{1,3}(?:\.\d{1,3}){3})`
/** Characters, by the rules of the domain name system. */
const MAX_HOST = 255
/** A path such as `/etc/a.conf` holds no host, so a slash before it ends the search. */
const HOST_AT_END = new RegExp(String.raw`(?:^|[^\p{L}\p{N}./:]|(?<![/:])//)(${HOST})$`, 'iu')
const SLASHES_AND_HOST = new RegExp(`^//${HOST}(?:[/?#:]|$)`, 'iu')
const FTP_HOST = new RegExp(String.raw`^ftp\.(?:${LABEL}\.)+\p{L}{2,24}`, 'iu')
const ADDRESSES = new RegExp(
  String.raw`(?<![\p{L}\p{N}./:])(?:mailto:[^\s<>"'\x60]+|(?://)?(${HOST})(?:/|[?#][^\s.,;:!?'"*_~)\]}>]|:\d)[^\s<>"'\x60]*)`,
  'giu',
)

/** Endings of files that are no domains, so that `package.json/x` is no address. */
const FILE_ENDINGS =
  /\.(?:jsx?|tsx?|mjs|cjs|jsonl?|ya?ml|toml|mdx|txt|csv|tsv|html?|css|xml|pdf|docx?|xlsx?|pptx?|png|jpe?g|gif|svg|ini|cfg|conf|log|env|lock|sql|ipynb|rb|go|java|kt|scala|bash|zsh|bat|exe|dll|jar|war|tar|t?gz|db|sqlite|parquet|avro|orc|proto|tf|tfvars|hcl|php)$/i
/** Endings of files that are domains as well: `README.md#usage` and `main.py:12` are no addresses, `evil.sh/x` is one. */
const FILES_AND_DOMAINS = /\.(?:md|py|rs|sh|ps|so|zip|mov|pl|cc)$/i
/** In code a dot mostly joins names (`a.length/2`), so there only the common domains count. */
const COMMON_DOMAINS =
  /\.(?:[a-z]{2}|com|net|org|edu|gov|mil|biz|info|app|dev|cloud|tech|online|site|shop|store|club|live|xyz|icu|pro|mobi|zip|mov|xn--[a-z0-9-]+|\d{1,3})$/i

/** What may follow a host so that it becomes an address; a question mark that ends a sentence does not. */
const GOES_ON = /^(?:\/|[?#][^\s.,;:!?'"*_~)\]}>]|:\d)/
/** A network such as `10.0.0.0/8`, which nothing can be asked of. */
const NETWORK = /^\/\d{1,2}(?![\p{L}\p{N}/?#&=%-])/u

function isAddress(host: string, rest: string, inCode: boolean): boolean {
  if (!GOES_ON.test(rest) || FILE_ENDINGS.test(host)) return false
  if (FILES_AND_DOMAINS.test(host) && /^[:#]/.test(rest)) return false
  if (/\d$/.test(host) && NETWORK.test(rest)) return false
  return !inCode || COMMON_DOMAINS.test(host)
}

/** The host that ends `line`, where `rest` makes an address of it; null where it does not. */
export function hostBefore(line: string, rest: string, inCode: boolean): string | null {
  const host = HOST_AT_END.exec(line.slice(-MAX_HOST))?.[1]
  return host !== undefined && isAddress(host, rest, inCode) ? host : null
}

/** True for `//host`, which browsers open with the scheme of the page. */
export function beginsWithHost(text: string): boolean {
  return SLASHES_AND_HOST.test(text)
}

/** True for `ftp.host.tld`, which mail and chat programs make a link of; `ftp.login()` is code. */
export function isFtpHost(text: string): boolean {
  return FTP_HOST.test(text)
}

/** Replaces the addresses of a piece of code. */
export function replaceBareHosts(code: string, replace: (address: string) => string): string {
  return code.replace(ADDRESSES, (address: string, host: string | undefined) => {
    const rest = host === undefined ? '' : address.slice(address.indexOf(host) + host.length)
    return host === undefined || isAddress(host, rest, true) ? replace(address) : address
  })
}

/** True where a text holds something that looks like an address without a scheme. */
export function holdsBareHost(text: string): boolean {
  let found = false
  replaceBareHosts(text, (address) => {
    found = true
    return address
  })
  return found
}

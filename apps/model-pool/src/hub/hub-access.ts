import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { selectedEnvironment } from '@interleave/settings';
import type { ModelPoolSettings } from '@interleave/settings';

/** Where the hub is, where its files are kept here, and who asks. */
export interface HubAccess {
  readonly endpoint: string;
  /** In the layout that huggingface_hub, transformers and vLLM share. */
  readonly cacheFolder: string;
  /** The network is left alone: what isn't in the cache is not there. */
  readonly isOffline: boolean;
  readonly token: string | null;
}

/** Older or rarer names of the same settings, which are not parameters of ours. */
const OTHER_NAMES =
  /^(TRANSFORMERS_OFFLINE|HUGGINGFACE_HUB_CACHE|HUGGING_FACE_HUB_TOKEN|HF_TOKEN_PATH|HF_HUB_DISABLE_IMPLICIT_TOKEN|XDG_CACHE_HOME)$/;

export function hubAccessOf(
  settings: Pick<ModelPoolSettings, 'hfEndpoint' | 'hfHome' | 'hfHubCache' | 'hfHubOffline' | 'hfToken'>,
): HubAccess {
  const others = selectedEnvironment((name) => OTHER_NAMES.test(name));
  const home = resolve(settings.hfHome || join(others['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'huggingface'));
  return {
    endpoint: (settings.hfEndpoint || 'https://huggingface.co').replace(/\/+$/, ''),
    cacheFolder: resolve(settings.hfHubCache || others['HUGGINGFACE_HUB_CACHE'] || join(home, 'hub')),
    isOffline: settings.hfHubOffline || isTrue(others['TRANSFORMERS_OFFLINE']),
    token: settings.hfToken || tokenOf(others, home),
  };
}

/** As `hf auth login` leaves it. */
function tokenOf(others: Readonly<Record<string, string>>, home: string): string | null {
  const given = others['HUGGING_FACE_HUB_TOKEN']?.trim();
  if (given) return given;
  if (isTrue(others['HF_HUB_DISABLE_IMPLICIT_TOKEN'])) return null;
  try {
    return readFileSync(others['HF_TOKEN_PATH'] ?? join(home, 'token'), 'utf8').trim() || null;
  } catch (_notThere) {
    return null;
  }
}

function isTrue(text: string | undefined): boolean {
  return /^(1|on|yes|true)$/i.test(text ?? '');
}

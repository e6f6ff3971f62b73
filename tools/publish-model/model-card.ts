import { basename, dirname } from 'node:path';

export interface RunFacts {
  /** `--local-dir`: …/PROJECT/RUN/global_step_N/actor */
  readonly localDir: string;
  readonly architecture: string | null;
  readonly parameters: number;
  readonly dtype: string;
  readonly worldSize: number;
  readonly fsdpVersion: number | null;
  readonly mesh: readonly number[] | null;
  readonly hasAdapter: boolean;
  readonly hasStepRecords: boolean;
}

/** A model card from what the checkpoint says about its run, for people who then write a better one. */
export function modelCard(facts: RunFacts): string {
  const { run, step } = runOf(facts.localDir);
  const sharding = `${facts.worldSize} ranks, FSDP${facts.fsdpVersion === null ? '' : ` ${facts.fsdpVersion}`}${facts.mesh ? `, mesh ${facts.mesh.join(' × ')}` : ''}`;
  const rows = [
    ['run', run],
    ['step', step],
    ['architecture', facts.architecture],
    ['parameters', facts.parameters.toLocaleString('en-US')],
    ['type of the weights', facts.dtype],
    ['trained on', sharding],
  ].filter((row): row is [string, string] => row[1] !== null);
  return `---
library_name: transformers
pipeline_tag: text-generation
tags:
  - verl
  - tool-use
---

# ${cell(run ?? 'Model')}${step === null ? '' : `, step ${step}`}

Trained with verl; merged from the checkpoint of the step by Interleave.

| | |
|---|---|
${rows.map(([name, value]) => `| ${name} | ${cell(value)} |`).join('\n')}

${facts.hasAdapter ? 'The weights are those of the base model; the LoRA adapter that was trained is in `lora_adapter/`.\n\n' : ''}${facts.hasStepRecords ? '`step_records.zip` holds what the run recorded at every step.\n\n' : ''}\`publish-manifest.json\` has the SHA-256 of every file.
`;
}

/** Names of folders, never the path: where people keep their checkpoints is nobody's business. */
function runOf(localDir: string): { run: string | null; step: string | null } {
  const stepFolder = dirname(localDir);
  const step = /^(?:.*_)?global_step_(\d+)(?:_.*)?$/.exec(basename(stepFolder))?.[1] ?? null;
  return step === null ? { run: null, step } : { run: basename(dirname(stepFolder)) || null, step };
}

function cell(text: string): string {
  return text.replace(/[|<>`\r\n]/g, ' ');
}

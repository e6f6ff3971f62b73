/**
 * The flags of `vllm serve`, release by release, read out of the sources of each (`arg_utils.py`, `cli_args.py`) from 0.8 on. A new release is a new
 * row here; `tools/ci/vllm-flags.mjs` compares the newest column with a vLLM that is installed.
 */
export const FLAGS_ADDED: readonly (readonly [version: string, flags: string])[] = [
  [
    '0.8',
    `additional-config allow-credentials allowed-headers allowed-local-media-path allowed-methods allowed-origins api-key block-size calculate-kv-scales
     chat-template chat-template-content-format code-revision collect-detailed-traces compilation-config config config-format cpu-offload-gb device
     disable-async-output-proc disable-custom-all-reduce disable-fastapi-docs disable-frontend-multiprocessing disable-log-requests disable-log-stats
     disable-logprobs-during-spec-decoding disable-mm-preprocessor-cache disable-sliding-window distributed-executor-backend download-dir dtype
     enable-auto-tool-choice enable-chunked-prefill enable-expert-parallel enable-lora enable-lora-bias enable-prefix-caching enable-prompt-adapter
     enable-prompt-tokens-details enable-reasoning enable-request-id-headers enable-server-load-tracking enable-sleep-mode enable-ssl-refresh enforce-eager
     fully-sharded-loras generation-config gpu-memory-utilization guided-decoding-backend hf-config-path hf-overrides host ignore-patterns kv-cache-dtype
     kv-transfer-config limit-mm-per-prompt load-format logits-processor-pattern long-lora-scaling-factors long-prefill-token-threshold lora-dtype
     lora-extra-vocab-size lora-modules max-cpu-loras max-log-len max-logprobs max-long-partial-prefills max-lora-rank max-loras max-model-len
     max-num-batched-tokens max-num-partial-prefills max-num-seqs max-parallel-loading-workers max-prompt-adapter-token max-prompt-adapters
     max-seq-len-to-capture middleware mm-processor-kwargs model model-impl model-loader-extra-config multi-step-stream-outputs ngram-prompt-lookup-max
     ngram-prompt-lookup-min num-gpu-blocks-override num-lookahead-slots num-scheduler-steps num-speculative-tokens otlp-traces-endpoint
     override-generation-config override-neuron-config override-pooler-config pipeline-parallel-size port preemption-mode prompt-adapters
     qlora-adapter-name-or-path quantization ray-workers-use-nsight reasoning-parser response-role return-tokens-as-token-ids revision root-path
     rope-scaling rope-theta scheduler-cls scheduler-delay-factor scheduling-policy seed served-model-name show-hidden-metrics-for-version
     skip-tokenizer-init spec-decoding-acceptance-method speculative-disable-by-batch-size speculative-disable-mqa-scorer
     speculative-draft-tensor-parallel-size speculative-max-model-len speculative-model speculative-model-quantization ssl-ca-certs ssl-cert-reqs
     ssl-certfile ssl-keyfile swap-space task tensor-parallel-size tokenizer tokenizer-mode tokenizer-pool-extra-config tokenizer-pool-size
     tokenizer-pool-type tokenizer-revision tool-call-parser tool-parser-plugin trust-remote-code typical-acceptance-sampler-posterior-alpha
     typical-acceptance-sampler-posterior-threshold use-tqdm-on-load use-v2-block-manager uvicorn-log-level worker-cls worker-extension-cls`,
  ],
  ['0.8.2', `disable-cascade-attn disable-uvicorn-access-log speculative-config`],
  ['0.8.3', `data-parallel-size prefix-caching-hash-algo`],
  ['0.8.4', `disable-chunked-mm-input hf-token`],
  [
    '0.9',
    `cuda-graph-sizes data-parallel-address data-parallel-rpc-port data-parallel-size-local data-parallel-start-rank enable-prompt-embeds
     guided-decoding-disable-additional-properties guided-decoding-disable-any-whitespace guided-decoding-disable-fallback headless kv-events-config
     pt-load-map-location`,
  ],
  [
    '0.9.1',
    `api-server-count data-parallel-backend disable-hybrid-kv-cache-manager enable-multimodal-encoder-data-parallel log-config-file`,
  ],
  [
    '0.9.2',
    `data-parallel-rank enable-eplb enable-force-include-usage eplb-log-balancedness eplb-step-interval eplb-window-size
     expand-tools-even-if-tool-choice-none media-io-kwargs num-redundant-experts override-attention-dtype`,
  ],
  ['0.10', `async-scheduling data-parallel-hybrid-lb default-mm-loras enable-tokenizer-info-endpoint interleave-mm-strings logprobs-mode`],
  [
    '0.10.1',
    `convert enable-log-outputs enable-log-requests exclude-tools-when-tool-choice-none kv-sharing-fast-prefill logits-processors mamba-cache-dtype
     mamba-ssm-cache-dtype mm-processor-cache-gb runner skip-mm-profiling tool-server uds`,
  ],
  ['0.10.1.1', `h11-max-header-count h11-max-incomplete-event-size`],
  [
    '0.10.2',
    `decode-context-parallel-size eplb-config io-processor-plugin kv-cache-memory-bytes log-error-stack mm-encoder-tp-mode safetensors-load-strategy`,
  ],
  [
    '0.11',
    `allowed-media-domains dbo-decode-token-threshold dbo-prefill-token-threshold enable-dbo expert-placement-strategy mm-processor-cache-type
     mm-shm-cache-max-object-size-mb pooler-config structured-outputs-config trust-request-chat-template video-pruning-rate`,
  ],
  [
    '0.11.1',
    `aggregate-engine-logging all2all-backend cudagraph-capture-sizes data-parallel-external-lb dcp-kv-cache-interleave-size
     disable-nccl-for-dp-synchronization ec-transfer-config enable-mm-embeds kv-offloading-backend kv-offloading-size mamba-block-size master-addr
     master-port max-cudagraph-capture-size mm-encoder-attn-backend nnodes node-rank reasoning-parser-plugin stream-interval tokens-only`,
  ],
  ['0.12', `cp-kv-cache-interleave-size kv-cache-metrics kv-cache-metrics-sample optimization-level prefill-context-parallel-size`],
  ['0.13', `attention-backend attention-config cudagraph-metrics enable-layerwise-nvtx-tracing profiler-config`],
  [
    '0.14',
    `allow-deprecated-quantization default-chat-template-kwargs enable-log-deltas enable-logging-iteration-details enable-mfu-metrics enable-offline-docs
     enable-return-routed-experts enable-tower-connector-lora ubatch-size`,
  ],
  ['0.15', `mamba-cache-mode mm-encoder-only ssl-ciphers`],
  ['0.16', `disable-access-log-for-endpoints enable-flashinfer-autotune kernel-config specialize-active-lora weight-transfer-config`],
  [
    '0.17',
    `cpu-offload-params enable-elastic-ep fail-on-environ-validation language-model-only moe-backend offload-backend offload-group-size
     offload-num-in-group offload-params offload-prefetch-step performance-mode use-gpu-for-pooling-score`,
  ],
  ['0.18', `dcp-comm-backend distributed-timeout-seconds enable-ep-weight-filter gdn-prefill-backend grpc shutdown-timeout`],
  ['0.19', `kv-cache-dtype-skip-layers lora-target-modules mm-tensor-ipc reasoning-config renderer-num-workers scheduler-reserve-full-isl`],
  [
    '0.20',
    `enable-flash-late-interaction enable-mamba-cache-stochastic-rounding ir-op-priority mamba-backend mamba-cache-philox-rounds numa-bind numa-bind-cpus
     numa-bind-nodes`,
  ],
  [
    '0.21',
    `fingerprint-mode fingerprint-value mm-encoder-attn-dtype mm-encoder-fp8-scale-path mm-encoder-fp8-scale-save-margin mm-encoder-fp8-scale-save-path
     safetensors-prefetch-block-size safetensors-prefetch-num-threads`,
  ],
  [
    '0.22',
    `cpu-distributed-timeout-seconds data-parallel-multi-port-external-lb data-parallel-supervisor-port dp-supervisor-probe-failure-threshold
     dp-supervisor-probe-interval-s dp-supervisor-probe-timeout-s enable-cumem-allocator enable-mixed-moe-lora-format linear-backend quantization-config
     spec-method spec-model spec-tokens use-fp64-gumbel`,
  ],
  ['0.24', `device-ids diffusion-config jit-monitor-verbose prefill-schedule-interval watermark`],
  ['0.25', `enable-per-request-metrics jit-monitor-mode mm-ipc-gpu-memory-gb model-class-overrides`],
  ['0.26', `enable-bf16x3-router-gemm enable-moe-shared-loras max-num-scheduled-tokens prefix-match-unit`],
  [
    '0.27',
    `cohere-format cohere-is-reasoning-model enable-fault-tolerance fault-tolerance-config kda-prefill-backend mamba-ssu-algorithm mm-hasher-algorithm
     replayssm-buffer-len use-replayssm video-pruning-method`,
  ],
  ['0.28', `ec-manager-config mm-device-do-normalize mm-processor-device return-sampling-mask`],
  [
    '0.29',
    `dcp-q-replicate enable-batch-sharded-sampling enable-trace-replay max-num-queued-reqs max-num-queued-tokens per-request-spec-decode-metrics
     prefix-cache-retention-interval sse-keep-alive-interval`,
  ],
  [
    '0.30',
    `dp-sync-interval elastic-ep-max-dp-size enable-mamba-fine-grained-prefix-cache enable-nccl-comm-suspend enable-scale-out engram-config
     kda-decode-backend sparse-indexer-topk-backend watermark-config`,
  ],
  [
    '0.31',
    `anthropic-disabled-thinking-effort aux-output-config device-memory-utilization enable-mamba-shared-prefix-checkpoint log-level logging-config
     long-prefill-token-threshold-adaptive max-lora-cls-labels max-num-active-seqs sleep-preserve-parameter-names swa-bounded-replay tool-strict-level
     trust-request-mm-kwargs`,
  ],
  ['0.32', `custom-histogram-buckets enable-hc-sp enable-shm-tensor-arena grpc-port sleep-mode-offload-cudagraph`],
  ['0.33', `monokernel reasoning-effort-map sleep-mode-backend watchdog-config`],
];

/** What a release took away, each with what to do in its place. */
export const FLAGS_REMOVED: readonly (readonly [version: string, flags: string, instead: string])[] = [
  [
    '0.8.3',
    'disable-logprobs-during-spec-decoding ngram-prompt-lookup-max ngram-prompt-lookup-min num-speculative-tokens spec-decoding-acceptance-method speculative-disable-by-batch-size speculative-disable-mqa-scorer speculative-draft-tensor-parallel-size speculative-max-model-len speculative-model speculative-model-quantization typical-acceptance-sampler-posterior-alpha typical-acceptance-sampler-posterior-threshold',
    'use --speculative-config, a JSON object',
  ],
  ['0.10', 'device', 'leave it out, the build of vLLM decides'],
  ['0.10', 'enable-reasoning', '--reasoning-parser alone does it'],
  ['0.10', 'expand-tools-even-if-tool-choice-none', 'leave it out'],
  ['0.10', 'long-lora-scaling-factors qlora-adapter-name-or-path', 'leave it out'],
  ['0.10', 'max-prompt-adapter-token max-prompt-adapters prompt-adapters', 'there are no prompt adapters any more'],
  ['0.10', 'tokenizer-pool-extra-config tokenizer-pool-size tokenizer-pool-type', 'leave it out'],
  ['0.10', 'use-v2-block-manager', 'leave it out'],
  ['0.10.1', 'num-scheduler-steps multi-step-stream-outputs', 'leave it out, steps are scheduled one by one'],
  ['0.10.2', 'enable-prompt-adapter', 'there are no prompt adapters any more'],
  ['0.10.2', 'override-neuron-config', 'use --additional-config'],
  ['0.11', 'disable-async-output-proc preemption-mode scheduler-delay-factor', 'leave it out'],
  ['0.11', 'max-seq-len-to-capture', 'use --compilation-config'],
  ['0.11.1', 'enable-lora-bias', 'leave it out'],
  ['0.11.1', 'rope-scaling rope-theta', 'use --hf-overrides, a JSON object'],
  ['0.12', 'eplb-log-balancedness eplb-step-interval eplb-window-size num-redundant-experts', 'use --eplb-config, a JSON object'],
  [
    '0.12',
    'guided-decoding-backend guided-decoding-disable-additional-properties guided-decoding-disable-any-whitespace guided-decoding-disable-fallback',
    'use --structured-outputs-config, a JSON object',
  ],
  ['0.12', 'lora-extra-vocab-size num-lookahead-slots', 'leave it out'],
  ['0.12', 'override-pooler-config', 'use --pooler-config'],
  ['0.13', 'cuda-graph-sizes', 'use --cudagraph-capture-sizes'],
  ['0.13', 'disable-mm-preprocessor-cache', 'use --mm-processor-cache-gb 0'],
  ['0.13', 'enable-multimodal-encoder-data-parallel', 'use --mm-encoder-tp-mode data'],
  ['0.13', 'task', 'use --runner and --convert'],
  ['0.17', 'disable-log-requests', 'leave it out, requests are logged only with --enable-log-requests'],
  ['0.17', 'logits-processor-pattern', 'leave it out'],
  ['0.18', 'swap-space', 'leave it out, nothing is swapped any more'],
  ['0.18', 'use-gpu-for-pooling-score', 'leave it out'],
  ['0.19', 'disable-frontend-multiprocessing', 'leave it out'],
  ['0.27', 'max-long-partial-prefills max-num-partial-prefills', 'leave it out'],
  ['0.28', 'calculate-kv-scales override-attention-dtype', 'leave it out'],
  ['0.30', 'enable-bf16x3-router-gemm', 'leave it out'],
  ['0.31', 'enable-mamba-fine-grained-prefix-cache', 'leave it out'],
];

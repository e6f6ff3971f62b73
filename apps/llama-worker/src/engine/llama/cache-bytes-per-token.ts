import type { LlamaModel } from 'node-llama-cpp';

const BYTES_PER_VALUE = 2; // F16, the type of llama.cpp's cache unless told otherwise.

/** What one token takes in the key-value cache: keys and values of every layer. */
export function cacheBytesPerToken({ fileInfo: { architectureMetadata } }: LlamaModel): number {
  const { block_count: layers, embedding_length: width, attention } = architectureMetadata;
  const heads = firstOf(attention?.head_count) ?? 1;
  const keyLength = attention?.key_length ?? (width ?? 0) / heads;
  const valueLength = attention?.value_length ?? keyLength;
  const perLayer = attention?.head_count_kv ?? heads;
  const kvHeads = Array.isArray(perLayer) ? perLayer.reduce((sum, count) => sum + count, 0) : perLayer * (layers ?? 1);
  return Math.ceil(kvHeads * (keyLength + valueLength) * BYTES_PER_VALUE);
}

function firstOf(value: number | readonly number[] | undefined): number | undefined {
  return typeof value === 'object' ? value[0] : value;
}

import { AppError } from '@interleave/kernel';

interface ElementType {
  /** As safetensors says it. */
  readonly name: string;
  readonly bytes: number;
}

/** By torch's names. */
const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  float64: { name: 'F64', bytes: 8 },
  float32: { name: 'F32', bytes: 4 },
  float16: { name: 'F16', bytes: 2 },
  bfloat16: { name: 'BF16', bytes: 2 },
  int64: { name: 'I64', bytes: 8 },
  int32: { name: 'I32', bytes: 4 },
  int16: { name: 'I16', bytes: 2 },
  int8: { name: 'I8', bytes: 1 },
  uint8: { name: 'U8', bytes: 1 },
  bool: { name: 'BOOL', bytes: 1 },
  float8_e4m3fn: { name: 'F8_E4M3', bytes: 1 },
  float8_e5m2: { name: 'F8_E5M2', bytes: 1 },
};

/** The header's length is padded so that the tensors begin at a multiple of this. */
const ALIGNMENT = 8;

export interface TensorShape {
  readonly name: string;
  /** As torch says it: `bfloat16`. */
  readonly dtype: string;
  readonly shape: readonly number[];
}

function elementType(dtype: string): ElementType {
  const type = ELEMENT_TYPES[dtype];
  if (!type) throw new AppError('invalid_request', `Weights of type ${dtype} can't be written as safetensors: say --dtype bfloat16.`);
  return type;
}

export function isFloat(dtype: string): boolean {
  return /^b?float\d/.test(dtype);
}

export function elementsOf({ shape }: Pick<TensorShape, 'shape'>): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function bytesOf(tensor: Pick<TensorShape, 'shape' | 'dtype'>): number {
  return elementsOf(tensor) * elementType(tensor.dtype).bytes;
}

/** Length and header of a safetensors file that holds these tensors in this order. */
export function safetensorsHeader(tensors: readonly TensorShape[]): Buffer {
  let offset = 0;
  const entries = tensors.map((tensor): [string, unknown] => {
    const start = offset;
    offset += bytesOf(tensor);
    return [tensor.name, { dtype: elementType(tensor.dtype).name, shape: tensor.shape, data_offsets: [start, offset] }];
  });
  const json = JSON.stringify(Object.fromEntries([['__metadata__', { format: 'pt' }], ...entries]));
  const text = Buffer.from(json, 'utf8');
  const padding = (ALIGNMENT - (text.length % ALIGNMENT)) % ALIGNMENT;
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length + padding));
  return Buffer.concat([length, text, Buffer.alloc(padding, ' ')]);
}

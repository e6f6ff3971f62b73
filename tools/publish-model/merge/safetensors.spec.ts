import { assert, array, constantFrom, nat, property, uniqueArray, record, string } from 'fast-check';
import { bytesOf, safetensorsHeader } from './safetensors';

const tensors = uniqueArray(
  record({
    name: string({ minLength: 1 }),
    dtype: constantFrom('float32', 'bfloat16', 'int64', 'bool'),
    shape: array(nat(40), { maxLength: 3 }),
  }),
  { selector: ({ name }) => name, maxLength: 20 },
);

describe('the header of a safetensors file', () => {
  it('is aligned, and lays the tensors out one after another in their order', () => {
    assert(
      property(tensors, (given) => {
        const header = safetensorsHeader(given);
        const length = Number(header.readBigUInt64LE(0));
        const entries = JSON.parse(header.subarray(8).toString('utf8')) as Record<
          string,
          { shape: number[]; data_offsets: [number, number] }
        >;
        expect(header.length).toBe(8 + length);
        expect(length % 8).toBe(0);
        let end = 0;
        for (const tensor of given) {
          const entry = Object.getOwnPropertyDescriptor(entries, tensor.name)?.value;
          expect(entry).toMatchObject({ shape: tensor.shape, data_offsets: [end, end + bytesOf(tensor)] });
          end += bytesOf(tensor);
        }
      }),
    );
  });

  it('says the type as the format does', () => {
    const text = safetensorsHeader([{ name: 'w', dtype: 'bfloat16', shape: [2, 3] }]).toString('utf8');

    expect(text).toContain('"w":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]}');
  });

  it('refuses a type that the format does not have', () => {
    expect(() => safetensorsHeader([{ name: 'w', dtype: 'complex64', shape: [1] }])).toThrow("can't be written as safetensors");
  });
});

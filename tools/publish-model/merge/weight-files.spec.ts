import { array, assert, integer, property } from 'fast-check';
import { bytesOf } from './safetensors';
import { weightFiles, weightIndex } from './weight-files';

const tensor = (name: string, elements: number) => ({ name, dtype: 'float32', shape: [elements] });

describe('weight files', () => {
  it('hold every tensor once, in order, and are no larger than asked for unless one tensor is', () => {
    assert(
      property(
        array(integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 50 }),
        integer({ min: 4, max: 400 }),
        (sizes, largestBytes) => {
          const given = sizes.map((size, index) => tensor(`t${index}`, size));
          const files = weightFiles(given, largestBytes);
          expect(files.flatMap(({ tensors }) => tensors)).toEqual(given);
          for (const { tensors } of files) {
            expect(tensors.length === 1 || tensors.reduce((sum, each) => sum + bytesOf(each), 0) <= largestBytes).toBe(true);
          }
        },
      ),
    );
  });

  it('are numbered when there are several', () => {
    const names = (largestBytes: number): string[] => weightFiles([tensor('a', 1), tensor('b', 1)], largestBytes).map(({ name }) => name);

    expect(names(8)).toEqual(['model.safetensors']);
    expect(names(4)).toEqual(['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']);
  });

  it('are listed in an index', () => {
    expect(weightIndex(weightFiles([tensor('a', 1), tensor('b', 2)], 8))).toEqual({
      metadata: { total_parameters: 3, total_size: 12 },
      weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' },
    });
  });
});

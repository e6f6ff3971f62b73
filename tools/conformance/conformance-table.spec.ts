import { conformanceTable } from './conformance-table';

describe('the table of conformance', () => {
  it('has a column for each client and a row for each check', () => {
    const table = conformanceTable([
      { client: 'a', check: 'chat', failure: null },
      { client: 'b', check: 'chat', failure: 'no answer' },
      { client: 'b', check: 'models', failure: null },
    ]);

    expect(table.trimEnd().split('\n')).toEqual(['|  | a | b |', '| --- | --- | --- |', '| chat | ok | FAILED |', '| models | - | ok |']);
  });
});

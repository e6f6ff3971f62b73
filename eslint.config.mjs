import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Who may depend on whom. `extra` widens every rule (specs may use the testing lib). */
const constraints = (extra = []) => [
  { sourceTag: 'type:app', onlyDependOnLibsWithTags: ['type:domain', 'type:contract', 'type:platform', 'type:adapter', ...extra] },
  {
    sourceTag: 'type:domain',
    onlyDependOnLibsWithTags: ['type:domain', ...extra],
    bannedExternalImports: [
      '@nestjs/*',
      'express',
      'dockerode',
      'undici',
      'axios',
      'rxjs',
      'class-validator',
      'class-transformer',
      'pino*',
    ],
  },
  { sourceTag: 'type:contract', onlyDependOnLibsWithTags: ['type:domain', 'type:contract', ...extra] },
  { sourceTag: 'type:adapter', onlyDependOnLibsWithTags: ['type:domain', 'type:adapter', ...extra], bannedExternalImports: ['@nestjs/*'] },
  { sourceTag: 'type:platform', onlyDependOnLibsWithTags: ['type:domain', 'type:contract', 'type:platform', ...extra] },
  { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['type:domain', 'type:contract', 'type:adapter', 'type:testing'] },
  { sourceTag: 'scope:gateway', onlyDependOnLibsWithTags: ['scope:gateway', 'scope:shared'] },
  { sourceTag: 'scope:tools', onlyDependOnLibsWithTags: ['scope:tools', 'scope:shared'] },
  { sourceTag: 'scope:pool', onlyDependOnLibsWithTags: ['scope:pool', 'scope:shared'] },
  { sourceTag: 'scope:worker', onlyDependOnLibsWithTags: ['scope:worker', 'scope:shared'] },
  { sourceTag: 'scope:shared', onlyDependOnLibsWithTags: ['scope:shared'] },
];
const boundaries = (extra) => ({ '@nx/enforce-module-boundaries': ['error', { allow: [], depConstraints: constraints(extra) }] });

const pureLibs = ['libs/kernel', 'libs/turn-engine', 'libs/sandbox', 'libs/worker-lifecycle', 'libs/worker-routing'];

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', '.interleave/**', '**/*.cjs', 'models/**'] },
  ...nx.configs['flat/base'],
  ...nx.configs['flat/typescript'],
  {
    files: ['**/*.ts'],
    rules: {
      ...boundaries(),
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' }],
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Read settings through @interleave/settings.' }],
    },
  },
  // Nest reads the types of constructor parameters and of DTO fields at run time: a type-only import would erase them.
  {
    files: ['apps/**/*.ts', 'libs/platform/**/*.ts', 'libs/contracts/**/*.ts', 'libs/settings/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['apps/**/*.ts', 'libs/**/*.ts'],
    ignores: ['libs/docker-runtime/**'],
    rules: {
      'no-restricted-imports': ['error', { paths: [{ name: 'dockerode', message: 'Only libs/docker-runtime talks to dockerode.' }] }],
    },
  },
  {
    files: pureLibs.map((lib) => `${lib}/src/**/*.ts`),
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['fs', 'http', 'https', 'net', 'child_process', 'crypto', 'os', 'path', 'stream', 'dockerode'],
          patterns: [{ group: ['node:*'], message: 'Domain code is pure: take it through a port.' }],
        },
      ],
      'no-restricted-globals': [
        'error',
        'process',
        'fetch',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'Buffer',
        'performance',
        'crypto',
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Take a Clock.' },
        { object: 'Math', property: 'random', message: 'Take the randomness as an argument.' },
      ],
    },
  },
  {
    files: ['**/*.spec.ts', '**/test/**/*.ts', 'libs/testing/**/*.ts'],
    rules: { ...boundaries(['type:testing']), 'no-restricted-properties': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  // Programs for people: they wire whatever they need, also an app's own start-up checks.
  { files: ['tools/**/*.ts'], rules: { '@nx/enforce-module-boundaries': 'off' } },
);

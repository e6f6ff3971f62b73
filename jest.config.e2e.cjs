/** Every app through HTTP, its neighbours replaced by fakes. Per app: `nx e2e <app>`. */
module.exports = { projects: ['<rootDir>/apps/*/jest.config.e2e.cjs'] };

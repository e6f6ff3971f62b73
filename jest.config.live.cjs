/** Real Docker and real engines. Per app: `nx live <app>`. */
module.exports = { projects: ['<rootDir>/apps/*/jest.config.live.cjs'] };

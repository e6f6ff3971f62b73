import { Controller, Get, Header } from '@nestjs/common';
import { docsPage } from './docs-page';
import { openApiDocument } from './openapi-document';

/** What the API is, for people and for programs. Needs no key: there is nothing in it that the repository doesn't say. */
@Controller()
export class DocsController {
  private readonly page = docsPage();
  private readonly document = openApiDocument();

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
  html(): string {
    return this.page;
  }

  @Get('openapi.json')
  json(): Record<string, unknown> {
    return this.document;
  }
}

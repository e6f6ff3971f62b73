import { Parameter } from '@interleave/settings';
import { IsArray, IsInt, IsString, Matches, Max, Min } from 'class-validator';

/** Parameters of the fake hub as a program. */
export class FakeHubSettings {
  @Parameter('integer', 'Port on 127.0.0.1; 0: a free one')
  @IsInt()
  @Min(0)
  @Max(65_535)
  port = 0;

  @Parameter('string', 'Token that may write', { isSecret: true })
  @IsString()
  @Matches(/^hf_/)
  hfToken = 'hf_fake';

  @Parameter('list', 'Namespaces that it may write to')
  @IsArray()
  namespaces: string[] = ['org'];

  @Parameter('integer', 'Bytes of a part of a large file')
  @IsInt()
  @Min(1)
  partBytes = 20_000_000;

  @Parameter('list', 'Models that it has, as NAME=FOLDER, e.g. org/demo=models/demo')
  @IsArray()
  @Matches(/^[^=/]+\/[^=/]+=.+$/, { each: true })
  models: string[] = [];

  @Parameter('list', 'Faults, e.g. put:429x3, put:break@0.4, commit:lose-answer, cdn:slow@100000')
  @IsArray()
  faults: string[] = [];
}

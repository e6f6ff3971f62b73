import { IsBoolean, IsIn, IsNumber, IsOptional, IsString, Min } from 'class-validator';
import { Parameter } from './parameter';

/** What every service of the system has. */
export abstract class ServiceSettings {
  @Parameter('string', 'Token that the three services trust each other by', { isSecret: true })
  @IsOptional()
  @IsString()
  serviceToken?: string;

  @Parameter('boolean', 'Serve on an address other than loopback without keys')
  @IsBoolean()
  allowAnonymous = false;

  @Parameter('number', 'Seconds that running work may go on after SIGTERM')
  @IsNumber()
  @Min(0)
  drainTimeout = 30;

  @Parameter('string', 'fatal, error, warn, info, debug or silent')
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])
  logLevel = 'info';
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|::1|\[::1\])$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsString, Max, Min } from 'class-validator';
import { Parameter } from './parameter';
import { isLoopback, ServiceSettings } from './service.settings';

/** Parameters of tool-server. */
export class ToolServerSettings extends ServiceSettings {
  @Parameter('string', 'Address the tool server listens on')
  @IsString()
  toolHost = '127.0.0.1';

  @Parameter('integer', 'Port of the tool server')
  @IsInt()
  @Min(0)
  @Max(65_535)
  toolPort = 30150;

  @Parameter(
    'string',
    'Where code runs: docker; wasm (CPython in WebAssembly, a first look, no boundary); auto: docker, or wasm without an engine',
  )
  @IsIn(['auto', 'docker', 'wasm'])
  sandbox: 'auto' | 'docker' | 'wasm' = 'auto';

  @Parameter('string', 'Container runtime: runc, runsc (gVisor) or any other that the engine has')
  @IsString()
  sandboxRuntime = 'runc';

  @Parameter(
    'boolean',
    'Speak to sandboxes past the engine, which is faster, where this process can: as root on the engine’s machine, with runc; false: through the engine',
  )
  @IsBoolean()
  sandboxDirect = true;

  @Parameter('string', 'Image of the sandbox; none: built from docker/sandbox')
  @IsOptional()
  @IsString()
  sandboxImage?: string;

  @Parameter('integer', 'Warm sandboxes kept ready')
  @IsInt()
  @Min(1)
  sandboxPoolSize = 4;

  @Parameter('string', 'Packages of the built image: core (numpy, sympy) or standard (what models reach for)')
  @IsIn(['core', 'standard'])
  sandboxTier: 'core' | 'standard' = 'standard';

  @Parameter('integer', 'Sandboxes in existence at most: sessions at once; 0: as many as the memory budget holds')
  @IsInt()
  @Min(0)
  sandboxMaxSessions = 0;

  @Parameter('integer', 'Memory for all sandboxes together, in MiB; 0: three quarters of the machine')
  @IsInt()
  @Min(0)
  sandboxMemoryBudgetMib = 0;

  @Parameter('number', 'How many times the memory budget may be promised: most sessions use far less than their limit')
  @IsNumber()
  @Min(1)
  @Max(16)
  sandboxMemoryOvercommit = 4;

  @Parameter('integer', 'Sessions that one sandbox serves, one after another, before it is replaced; 0: one only')
  @IsInt()
  @Min(0)
  sandboxReuse = 100;

  @Parameter('integer', 'Seconds after which an idle sandbox is replaced by a new one')
  @IsInt()
  @Min(10)
  sandboxMaxAge = 3600;

  @Parameter('string', 'Copy of a session to go back to after a hard kill: off, auto (where it is cheap) or always')
  @IsIn(['off', 'auto', 'always'])
  sandboxCheckpoint: 'off' | 'auto' | 'always' = 'auto';

  @Parameter('integer', 'Programs running at once, those that sleep not counted; 0: two for each core')
  @IsInt()
  @Min(0)
  runSlots = 0;

  @Parameter('integer', 'Memory of one sandbox, in MiB')
  @IsInt()
  @Min(128)
  sandboxMemoryMib = 512;

  @Parameter('integer', 'Processes and threads in one sandbox')
  @IsInt()
  @Min(8)
  sandboxPids = 64;

  @Parameter('number', 'Seconds that one call may run at most; a call may ask for less')
  @IsNumber()
  @Min(0.1)
  maxToolTimeout = 120;

  @Parameter('number', 'Seconds that one call may run where it does not say')
  @IsNumber()
  @Min(0.1)
  toolTimeout = 10;

  @Parameter('integer', 'Bytes kept of each output stream of one call')
  @IsInt()
  @Min(1024)
  maxOutputBytes = 1_048_576;

  @Parameter('integer', 'Bytes of one file that goes into or comes out of a session')
  @IsInt()
  @Min(1024)
  @Max(15 * 1_048_576)
  maxFileBytes = 8_388_608;

  @Parameter('number', 'Seconds after which an idle session is closed')
  @IsNumber()
  @Min(1)
  sessionTimeout = 600;

  @Parameter('number', 'Seconds that a new session waits for a sandbox before it is refused')
  @IsNumber()
  @Min(0)
  sessionQueueTimeout = 30;

  @Parameter('integer', 'New sessions that wait for a sandbox at most; one more is refused at once')
  @IsInt()
  @Min(0)
  sessionQueueLimit = 1024;

  @Parameter(
    'list',
    'VerlTool tools that /get_observation serves, the first that finds something to do wins: python_code, ipython_code, python_oj',
  )
  @IsIn(['python_code', 'ipython_code', 'python_oj', 'finish'], { each: true })
  toolType: ('python_code' | 'ipython_code' | 'python_oj' | 'finish')[] = ['python_code'];

  @Parameter('boolean', 'VerlTool: an invalid action ends the trajectory')
  @IsBoolean()
  doneIfInvalid = false;

  check(): string[] {
    const complaints: string[] = [];
    if (this.toolTimeout > this.maxToolTimeout)
      complaints.push(`TOOL_TIMEOUT (${this.toolTimeout}) is above MAX_TOOL_TIMEOUT (${this.maxToolTimeout}).`);
    if (!isLoopback(this.toolHost) && !this.serviceToken && !this.allowAnonymous) {
      complaints.push(
        `TOOL_HOST is ${this.toolHost}, which others can reach: set SERVICE_TOKEN, or ALLOW_ANONYMOUS=true if everyone may run code here.`,
      );
    }
    return complaints;
  }
}

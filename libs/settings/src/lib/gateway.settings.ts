import { ArrayUnique, IsArray, IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';
import { parseApiKeys } from './api-keys';
import { Parameter } from './parameter';
import { isLoopback, ServiceSettings } from './service.settings';

const URL_RULE = { require_tld: false, require_protocol: true, protocols: ['http', 'https'] };

/** Timers count milliseconds in 31 bits: a longer time would be over at once. */
const LONGEST_TIMER_SECONDS = 2_147_483;

/** Parameters of api-gateway. */
export class GatewaySettings extends ServiceSettings {
  @Parameter('string', 'Address the OpenAI API listens on')
  @IsString()
  apiHost = '127.0.0.1';

  @Parameter('integer', 'Port of the OpenAI API')
  @IsInt()
  @Min(0)
  @Max(65_535)
  apiPort = 8000;

  @Parameter('string', 'Address under which others reach the API where that is not API_HOST: the published one of a container')
  @IsOptional()
  @IsString()
  apiPublishedHost?: string;

  @Parameter('list', 'Keys that clients may use, as KEY, NAME:KEY or NAME:sha256:HASH; none: any key is accepted', { isSecret: true })
  @IsArray()
  @ArrayUnique()
  @IsString({ each: true })
  apiKeys: string[] = [];

  @Parameter('string', 'URL of model-pool, source of the worker table')
  @IsOptional()
  @IsUrl(URL_RULE)
  modelPoolUrl?: string;

  @Parameter('list', 'URLs of workers that someone else runs, in place of model-pool')
  @IsArray()
  @IsUrl(URL_RULE, { each: true })
  workerUrls: string[] = [];

  @Parameter('string', 'API key for those workers', { isSecret: true })
  @IsOptional()
  @IsString()
  externalWorkerKey?: string;

  @Parameter('number', 'Seconds that a request waits for a model that is being started, again or because of it')
  @IsNumber()
  @Min(1)
  modelWait = 600;

  @Parameter('number', 'Seconds of silence after which a worker is asked whether it still works on its answers')
  @IsNumber()
  @Min(0.05)
  workerProbeInterval = 5;

  @Parameter('string', 'URL of the tool server')
  @IsUrl(URL_RULE)
  toolServerUrl = 'http://127.0.0.1:30150';

  @Parameter('string', 'How the model asks for a tool: auto, torl, acecoder, verltool, hermes or native')
  @IsIn(['auto', 'torl', 'acecoder', 'verltool', 'hermes', 'native'])
  dialect: 'auto' | 'torl' | 'acecoder' | 'verltool' | 'hermes' | 'native' = 'auto';

  @Parameter('integer', 'Tool calls allowed in one answer; 0: none')
  @IsInt()
  @Min(0)
  maxTurns = 4;

  @Parameter('integer', 'Tool calls to insist on: code in the answer is run even when the model does not ask')
  @IsInt()
  @Min(0)
  minTurns = 0;

  @Parameter('list-or-file', 'Stop strings by which the model asks for a tool; none: those of the dialect')
  @IsArray()
  @IsString({ each: true })
  actionStopTokens: string[] = [];

  @Parameter('boolean', 'Each observation becomes a chat turn of its own')
  @IsBoolean()
  enableMtrl = false;

  @Parameter('string', "Role of that turn; none: the dialect's")
  @IsOptional()
  @IsString()
  mtrlRole?: string;

  @Parameter('string', 'Text around the observation in place of the chat template, with {obs} in it')
  @IsOptional()
  @IsString()
  mtrlSep?: string;

  @Parameter('string', "Token that ends a turn in place of the chat template's")
  @IsOptional()
  @IsString()
  turnEndToken?: string;

  @Parameter('string', 'After a round without a valid action, while min_turns asks on: tell the model, or end')
  @IsIn(['tell', 'end'])
  onInvalidAction: 'tell' | 'end' = 'tell';

  @Parameter('string', 'In the last round: action stops stay in force (strict) or are lifted (free)')
  @IsIn(['strict', 'free'])
  lastRound: 'strict' | 'free' = 'strict';

  @Parameter('integer', 'Tokens of tool output that the model sees of one call')
  @IsInt()
  @Min(16)
  maxObsLength = 512;

  @Parameter('string', 'Where longer output is cut: left, right or middle')
  @IsIn(['left', 'right', 'middle'])
  truncateObsSide: 'left' | 'right' | 'middle' = 'left';

  @Parameter('string', 'max_tokens bounds the whole answer or each round: answer or turn')
  @IsIn(['answer', 'turn'])
  maxTokensScope: 'answer' | 'turn' = 'answer';

  @Parameter('integer', 'max_tokens where a text completion does not send it')
  @IsInt()
  @Min(1)
  defaultMaxTokens = 16;

  @Parameter('number', 'Seconds that one trajectory may take')
  @IsNumber()
  @Min(1)
  @Max(LONGEST_TIMER_SECONDS)
  trajectoryTimeout = 600;

  @Parameter('number', 'Seconds that one tool call may run')
  @IsNumber()
  @Min(0.1)
  toolTimeout = 10;

  @Parameter('boolean', 'A call is started when its block closes, while the model still writes, where it can be taken back')
  @IsBoolean()
  earlyExecution = true;

  @Parameter('string', 'Trouble of ours in one of several answers: fail the request, or keep the answer as it is and say so')
  @IsIn(['fail', 'keep'])
  onChoiceFailure: 'fail' | 'keep' = 'fail';

  @Parameter('string', 'A sandbox that is missing or broken: fail the request, or tell the model and go on')
  @IsIn(['fail', 'tell'])
  onToolFailure: 'fail' | 'tell' = 'fail';

  @Parameter('string', 'What the client gets: the whole transcript, or the answer after the last observation')
  @IsIn(['transcript', 'answer'])
  content: 'transcript' | 'answer' = 'transcript';

  @Parameter('integer', 'Trajectories running at once')
  @IsInt()
  @Min(1)
  maxConcurrentTrajectories = 256;

  @Parameter('number', 'Trajectories for each sequence that the workers of a model run at once, where they say; 0: no limit by workers')
  @IsNumber()
  @Min(0)
  trajectoriesPerSequence = 2;

  @Parameter('integer', 'Trajectories that one API key may have running; 0: any number')
  @IsInt()
  @Min(0)
  maxTrajectoriesPerKey = 0;

  @Parameter('integer', 'Trajectories of a model waiting for their turn before requests are refused')
  @IsInt()
  @Min(0)
  maxQueuedTrajectories = 1024;

  @Parameter('number', 'Seconds that a request waits for its turn')
  @IsNumber()
  @Min(0)
  queueTimeout = 60;

  @Parameter('integer', 'Largest request body, in MiB')
  @IsInt()
  @Min(1)
  bodyLimitMib = 16;

  check(): string[] {
    const complaints: string[] = [...parseApiKeys(this.apiKeys).complaints];
    if (this.minTurns > this.maxTurns)
      complaints.push(`MIN_TURNS (${this.minTurns}) is above MAX_TURNS (${this.maxTurns}): raise MAX_TURNS or lower MIN_TURNS.`);
    if (this.mtrlSep !== undefined && !this.mtrlSep.includes('{obs}'))
      complaints.push('MTRL_SEP must contain {obs}, the place of the observation.');
    const reachableAt = this.apiPublishedHost ?? this.apiHost;
    if (!isLoopback(reachableAt) && this.apiKeys.length === 0 && !this.allowAnonymous) {
      complaints.push(`API_HOST is ${reachableAt}, which others can reach: set API_KEYS, or ALLOW_ANONYMOUS=true if everyone may use it.`);
    }
    return complaints;
  }
}

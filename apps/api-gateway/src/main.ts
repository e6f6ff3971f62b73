import { runService } from '@interleave/platform';
import { gatewayDefinition } from './gateway.definition';

void runService(gatewayDefinition);

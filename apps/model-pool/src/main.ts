import { runService } from '@interleave/platform';
import { MODEL_POOL } from './model-pool.service-definition';

void runService(MODEL_POOL);

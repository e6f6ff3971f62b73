import { IsArray, IsInt, IsObject, IsOptional, IsString, MaxLength, Min } from 'class-validator';

/** Body of `POST /v1/sessions/{id}/execute`. */
export class ExecuteRequestDto {
  @IsString()
  @MaxLength(5_000_000)
  code!: string;

  /** From the start of the execution, not from arrival; the server's maximum holds. */
  @IsOptional()
  @IsInt()
  @Min(1)
  timeout_ms?: number;

  @IsOptional()
  @IsString()
  @MaxLength(5_000_000)
  stdin?: string;
}

/** Body of VerlTool's `POST /get_observation`. */
export class GetObservationRequestDto {
  @IsArray()
  @IsString({ each: true })
  trajectory_ids!: string[];

  @IsArray()
  @IsString({ each: true })
  actions!: string[];

  @IsOptional()
  @IsArray()
  @IsObject({ each: true })
  extra_fields?: Record<string, unknown>[];

  @IsOptional()
  @IsArray()
  finish?: boolean[];

  @IsOptional()
  @IsArray()
  is_last_step?: boolean[];
}

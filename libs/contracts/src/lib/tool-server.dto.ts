import { IsArray, IsObject, IsOptional, IsString } from 'class-validator';

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

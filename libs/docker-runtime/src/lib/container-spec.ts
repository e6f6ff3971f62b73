/** What a container is made of: the part of the Engine API's create body that is used here, under its own names. */
export interface ContainerSpec {
  readonly Image: string;
  readonly User: string;
  readonly WorkingDir: string;
  readonly Hostname: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly StopSignal: string;
  readonly NetworkDisabled: boolean;
  readonly Healthcheck: { readonly Test: readonly string[] };
  readonly HostConfig: {
    readonly NetworkMode: string;
    readonly ReadonlyRootfs: boolean;
    readonly Privileged: boolean;
    readonly CapDrop: readonly string[];
    readonly CapAdd: readonly string[];
    readonly SecurityOpt: readonly string[];
    readonly Tmpfs: Readonly<Record<string, string>>;
    readonly ShmSize: number;
    readonly IpcMode: string;
    readonly CgroupnsMode: 'private' | 'host';
    readonly Memory: number;
    readonly MemorySwap: number;
    readonly OomKillDisable: boolean;
    readonly OomScoreAdj: number;
    readonly NanoCpus: number;
    readonly CpuShares: number;
    readonly PidsLimit: number;
    readonly Ulimits: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[];
    readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
    readonly AutoRemove: boolean;
    readonly RestartPolicy: { readonly Name: string };
    readonly Init: boolean;
    readonly Runtime: string;
    readonly Binds: readonly string[];
    readonly Devices: readonly never[];
    readonly MaskedPaths: readonly string[];
    readonly ReadonlyPaths: readonly string[];
  };
}

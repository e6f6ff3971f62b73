"""What no program in a sandbox has any business with: the second layer behind the engine's own profile (seccomp.json).

The profile lists what exists, this lists what never does. It holds where an engine is old, was told otherwise, or, as gVisor, ignores profiles.
"""
# name: (x86_64, aarch64)
DENIED = {
    # other processes' memory and descriptors
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "pidfd_getfd": (438, 438), "kcmp": (312, 272), "move_pages": (279, 239), "migrate_pages": (256, 238),
    # large parts of the kernel behind one call
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "fanotify_init": (300, 262), "memfd_secret": (447, 447),
    # keys are per user, not per container
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "statmount": (457, 457), "listmount": (458, 458),
    # files by handle, around every folder's permissions
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    # objects that outlive processes and aren't files
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191),
    "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "mq_open": (240, 180), "mq_unlink": (241, 181),
    # the machine
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "syslog": (103, 116), "vhangup": (153, 58), "sethostname": (170, 161), "setdomainname": (171, 162), "lookup_dcookie": (212, 18),
    "nfsservctl": (180, 42), "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None), "uselib": (134, None), "_sysctl": (156, None),
}  # fmt: skip

# Looked at more closely.
CLONE, CLONE3, SOCKET, SOCKETPAIR, PERSONALITY, IOCTL = (56, 220), (435, 435), (41, 198), (53, 199), (135, 92), (16, 29)

NAMESPACE_FLAGS = 0x7E02_0000 | 0x80  # CLONE_NEWNS, CGROUP, UTS, IPC, USER, PID, NET; TIME
FAMILIES = (1, 2, 10)  # AF_UNIX, AF_INET, AF_INET6
PERSONALITIES = (0, 0xFFFF_FFFF)  # Linux itself; the question which one it is
TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: typing into someone's terminal

# Of one process: the first argument says which, and it may not be the supervisor, whose user is the programs' user too.
OF_A_PROCESS = {
    "prlimit64": (302, 261), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    "sched_setaffinity": (203, 122),
}  # fmt: skip
# Of one process, a group or a user: which of the three is the first argument, its id the second.
OF_PROCESSES = {"setpriority": (141, 140, 0), "ioprio_set": (251, 30, 1)}  # and what stands for "one process"
SUPERVISOR = 1

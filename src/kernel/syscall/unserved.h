// System calls of Linux that the kernel does not serve, by name for `--trace`: X(number, name), numbers as in
// arch/x86/entry/syscalls/syscall_64.tbl of Linux 6.1. No header of Linux serves here: freestanding code must
// say the same wherever it is built, or the image would differ.
#pragma once

// clang-format off
#define STRONGROOM_UNSERVED_SYSCALLS(X) \
  X(27, mincore) X(29, shmget) X(30, shmat) X(31, shmctl) X(41, socket) X(42, connect) X(43, accept)        \
  X(44, sendto) X(45, recvfrom) X(46, sendmsg) X(47, recvmsg) X(48, shutdown) X(49, bind) X(50, listen)     \
  X(51, getsockname) X(52, getpeername) X(53, socketpair) X(54, setsockopt) X(55, getsockopt) X(57, fork)   \
  X(58, vfork) X(59, execve) X(61, wait4) X(64, semget) X(65, semop) X(66, semctl) X(67, shmdt)             \
  X(68, msgget) X(69, msgsnd) X(70, msgrcv) X(71, msgctl) X(78, getdents) X(101, ptrace) X(103, syslog)     \
  X(122, setfsuid) X(123, setfsgid) X(125, capget) X(126, capset) X(129, rt_sigqueueinfo) X(132, utime)     \
  X(134, uselib) X(136, ustat) X(139, sysfs) X(148, sched_rr_get_interval) X(149, mlock) X(150, munlock)    \
  X(151, mlockall) X(152, munlockall) X(153, vhangup) X(154, modify_ldt) X(155, pivot_root) X(156, _sysctl) \
  X(159, adjtimex) X(161, chroot) X(163, acct) X(164, settimeofday) X(165, mount) X(166, umount2)           \
  X(167, swapon) X(168, swapoff) X(169, reboot) X(170, sethostname) X(171, setdomainname) X(172, iopl)      \
  X(173, ioperm) X(174, create_module) X(175, init_module) X(176, delete_module) X(177, get_kernel_syms)    \
  X(178, query_module) X(179, quotactl) X(180, nfsservctl) X(181, getpmsg) X(182, putpmsg)                  \
  X(183, afs_syscall) X(184, tuxcall) X(185, security) X(187, readahead) X(188, setxattr) X(189, lsetxattr) \
  X(190, fsetxattr) X(191, getxattr) X(192, lgetxattr) X(193, fgetxattr) X(194, listxattr)                  \
  X(195, llistxattr) X(196, flistxattr) X(197, removexattr) X(198, lremovexattr) X(199, fremovexattr)       \
  X(205, set_thread_area) X(206, io_setup) X(207, io_destroy) X(208, io_getevents) X(209, io_submit)        \
  X(210, io_cancel) X(211, get_thread_area) X(212, lookup_dcookie) X(214, epoll_ctl_old)                    \
  X(215, epoll_wait_old) X(216, remap_file_pages) X(219, restart_syscall) X(220, semtimedop)                \
  X(222, timer_create) X(223, timer_settime) X(224, timer_gettime) X(225, timer_getoverrun)                 \
  X(226, timer_delete) X(227, clock_settime) X(235, utimes) X(236, vserver) X(237, mbind)                   \
  X(238, set_mempolicy) X(239, get_mempolicy) X(240, mq_open) X(241, mq_unlink) X(242, mq_timedsend)        \
  X(243, mq_timedreceive) X(244, mq_notify) X(245, mq_getsetattr) X(246, kexec_load) X(247, waitid)         \
  X(248, add_key) X(249, request_key) X(250, keyctl) X(251, ioprio_set) X(252, ioprio_get)                  \
  X(253, inotify_init) X(254, inotify_add_watch) X(255, inotify_rm_watch) X(256, migrate_pages)             \
  X(261, futimesat) X(272, unshare) X(275, splice) X(276, tee) X(277, sync_file_range) X(278, vmsplice)     \
  X(279, move_pages) X(282, signalfd) X(283, timerfd_create) X(286, timerfd_settime)                        \
  X(287, timerfd_gettime) X(288, accept4) X(289, signalfd4) X(294, inotify_init1) X(297, rt_tgsigqueueinfo) \
  X(298, perf_event_open) X(299, recvmmsg) X(300, fanotify_init) X(301, fanotify_mark)                      \
  X(303, name_to_handle_at) X(304, open_by_handle_at) X(305, clock_adjtime) X(307, sendmmsg) X(308, setns)  \
  X(310, process_vm_readv) X(311, process_vm_writev) X(312, kcmp) X(313, finit_module)                      \
  X(314, sched_setattr) X(315, sched_getattr) X(317, seccomp) X(320, kexec_file_load) X(321, bpf)           \
  X(322, execveat) X(323, userfaultfd) X(325, mlock2) X(327, preadv2) X(328, pwritev2)                      \
  X(329, pkey_mprotect) X(330, pkey_alloc) X(331, pkey_free) X(333, io_pgetevents) X(334, rseq)             \
  X(424, pidfd_send_signal) X(425, io_uring_setup) X(426, io_uring_enter) X(427, io_uring_register)         \
  X(428, open_tree) X(429, move_mount) X(430, fsopen) X(431, fsconfig) X(432, fsmount) X(433, fspick)       \
  X(434, pidfd_open) X(437, openat2) X(438, pidfd_getfd) X(440, process_madvise) X(441, epoll_pwait2)       \
  X(442, mount_setattr) X(443, quotactl_fd) X(444, landlock_create_ruleset) X(445, landlock_add_rule)       \
  X(446, landlock_restrict_self) X(447, memfd_secret) X(448, process_mrelease) X(449, futex_waitv)          \
  X(450, set_mempolicy_home_node)
// clang-format on

// Those of the kernel's table (table.h) that answer ENOSYS to some arguments: fork(2) is clone(2) without the
// flags of a thread.
#define STRONGROOM_PARTLY_SERVED(X) \
  X(36, getitimer) X(38, setitimer) X(56, clone) X(202, futex) X(435, clone3)

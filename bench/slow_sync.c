/* A disk whose every sync takes 4 ms longer; LD_PRELOAD it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static void wait_like_a_disk(void) {
    struct timespec pause = {0, 4000000};
    nanosleep(&pause, 0);
}

int fsync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait_like_a_disk();
    return real(file);
}

int fdatasync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    wait_like_a_disk();
    return real(file);
}

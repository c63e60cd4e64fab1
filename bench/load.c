/* Load for the relay benchmark, and what stands behind the relays.

   load serve                      three servers on loopback; prints their ports: bulk, echo, short
   load bulk PORT CONNS SECONDS    prints bytes and seconds
   load ping PORT SECONDS          64 bytes there and back; prints round trips, p50 and p99 in microseconds
   load short PORT CONNS SECONDS   connect, 1 KiB there, 1 KiB back, the server closes; prints connections and seconds
   load idle PORT COUNT PATIENCE   opens and keeps connections; prints their number, ends when stdin does

   Bulk is sent in pieces, each of which the server acknowledges by one byte: what counts has arrived, and nobody
   relies on half-close.  The server has the kernel throw the bytes away (MSG_TRUNC), so that the relay is what is
   measured.  Any byte lost is an error, said on stderr with exit code 1. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIECE (16L << 20)
#define CHUNK (256 << 10)
#define ANSWER 1024
#define MOST_FDS 65536

static void die(const char *what) {
  perror(what);
  exit(1);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static struct sockaddr_in loopback(int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  return a;
}

static void at_once(int fd) {
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static int connected(int port) {
  struct sockaddr_in a = loopback(port);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a)) return -1;
  at_once(fd);
  return fd;
}

static void all_out(int fd, const char *data, long size) {
  for (long n; size > 0; data += n, size -= n)
    if ((n = send(fd, data, size, MSG_NOSIGNAL)) <= 0) die("send");
}

static void all_in(int fd, char *data, long size) {
  for (long n; size > 0; data += n, size -= n)
    if ((n = recv(fd, data, size, 0)) <= 0) die("a relay lost bytes: recv");
}

/* -- servers: one epoll thread each */

enum kind { BULK, ECHO, SHORT };
struct server {
  enum kind kind;
  int fd;
};
static long taken[MOST_FDS]; /* bytes of the piece or question that is being read */

static int served(enum kind kind, int fd, char *data) {
  long n = recv(fd, data, kind == BULK ? PIECE - taken[fd] : CHUNK, kind == BULK ? MSG_TRUNC : 0);
  if (n < 0) return errno == EAGAIN;
  if (n == 0) return 0;
  if (kind == ECHO) return send(fd, data, n, MSG_NOSIGNAL) == n;
  taken[fd] += n;
  if (kind == BULK && taken[fd] == PIECE) {
    taken[fd] = 0;
    return send(fd, "x", 1, MSG_NOSIGNAL) == 1;
  }
  if (kind == SHORT && taken[fd] >= ANSWER) {
    if (send(fd, data, ANSWER, MSG_NOSIGNAL) != ANSWER) die("send");
    return 0; /* who closes first holds the port in TIME_WAIT: not the relays, which would run out of them */
  }
  return 1;
}

static void *serve(void *given) {
  struct server *s = given;
  struct epoll_event e = {.events = EPOLLIN, .data.fd = s->fd}, found[256];
  char *data = calloc(1, CHUNK);
  int poll = epoll_create1(0);
  epoll_ctl(poll, EPOLL_CTL_ADD, s->fd, &e);
  for (int count;;) {
    count = epoll_wait(poll, found, 256, -1);
    for (int i = 0; i < count; i++) {
      int fd = found[i].data.fd;
      if (fd != s->fd) {
        if (!served(s->kind, fd, data)) close(fd);
        continue;
      }
      while ((fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= MOST_FDS) die("too many");
        at_once(fd);
        taken[fd] = 0;
        e.data.fd = fd;
        epoll_ctl(poll, EPOLL_CTL_ADD, fd, &e);
      }
    }
  }
  return NULL;
}

static int serve_all(void) {
  struct server servers[3];
  pthread_t thread;
  for (int kind = BULK; kind <= SHORT; kind++) {
    struct sockaddr_in a = loopback(0);
    socklen_t size = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 4096)) die("listen");
    getsockname(fd, (struct sockaddr *)&a, &size);
    printf("%d ", ntohs(a.sin_port));
    servers[kind] = (struct server){kind, fd};
    pthread_create(&thread, NULL, serve, &servers[kind]);
  }
  printf("\n");
  fflush(stdout);
  char end;
  while (read(0, &end, 1) > 0) {
  }
  return 0;
}

/* -- clients */

static int bulk(int port, int conns, double seconds) {
  static char data[CHUNK];
  int *fds = calloc(conns, sizeof *fds);
  long *sent = calloc(conns, sizeof *sent), total = 0;
  struct pollfd *ready = calloc(conns, sizeof *ready);
  for (int i = 0; i < conns; i++) {
    if ((fds[i] = connected(port)) < 0) die("connect");
    fcntl(fds[i], F_SETFL, O_NONBLOCK);
    ready[i] = (struct pollfd){.fd = fds[i], .events = POLLOUT};
  }
  double start = now(), until = start + seconds;
  for (int left = conns; left;) {
    if (poll(ready, conns, -1) < 0) die("poll");
    int over = now() > until;
    for (int i = 0; i < conns; i++) {
      if (!(ready[i].revents & POLLOUT)) continue;
      long want = PIECE - sent[i] % PIECE; /* it ends with a piece */
      long n = send(fds[i], data, want < CHUNK ? want : CHUNK, MSG_NOSIGNAL);
      if (n < 0 && errno != EAGAIN) die("send");
      if (n > 0) sent[i] += n;
      if (over && sent[i] % PIECE == 0) ready[i].fd = -1, left--;
    }
  }
  for (int i = 0; i < conns; i++) {
    fcntl(fds[i], F_SETFL, 0);
    for (long pieces = sent[i] / PIECE; pieces; pieces--) all_in(fds[i], data, 1);
    total += sent[i];
  }
  printf("%ld %.6f\n", total, now() - start);
  return 0;
}

static int ordered(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static int ping(int port, double seconds) {
  enum { MOST = 1000000, WARM = 200 };
  double *times = malloc(MOST * sizeof *times);
  char data[64] = "ping";
  int fd = connected(port);
  if (fd < 0) die("connect");
  long count = -WARM;
  double until = now() + seconds, start = now();
  while (start < until && count < MOST) {
    all_out(fd, data, sizeof data);
    all_in(fd, data, sizeof data);
    double end = now();
    if (count >= 0) times[count] = end - start;
    count++;
    start = end;
  }
  if (count < 100) die("too few round trips");
  qsort(times, count, sizeof *times, ordered);
  printf("%ld %.2f %.2f\n", count, times[count / 2] * 1e6, times[count * 99 / 100] * 1e6);
  return 0;
}

static int short_port;
static double short_until;

static void *shorts(void *given) {
  char data[ANSWER] = "question";
  long *count = given;
  while (now() < short_until) {
    int fd = connected(short_port);
    if (fd < 0) die("connect");
    all_out(fd, data, ANSWER);
    all_in(fd, data, ANSWER);
    if (recv(fd, data, ANSWER, 0)) die("a relay did not pass the end on");
    close(fd);
    ++*count;
  }
  return NULL;
}

static int many_short(int port, int conns, double seconds) {
  pthread_t *threads = calloc(conns, sizeof *threads);
  long *counts = calloc(conns, 64), total = 0; /* a cache line each */
  double start = now();
  short_port = port, short_until = start + seconds;
  for (int i = 0; i < conns; i++) pthread_create(&threads[i], NULL, shorts, &counts[i * 8]);
  for (int i = 0; i < conns; i++) {
    pthread_join(threads[i], NULL);
    total += counts[i * 8];
  }
  printf("%ld %.6f\n", total, now() - start);
  return 0;
}

static int idle(int port, int count, double patience) {
  int done = 0, *fds = calloc(count, sizeof *fds);
  struct timeval limit = {.tv_sec = 2};
  double until = now() + patience;
  char one = 'x', end;
  for (; done < count && now() < until; done++) {
    if ((fds[done] = connected(port)) < 0) break;
    if (done % 64 && done + 1 < count) continue; /* asked now and then: those before it are through as well */
    setsockopt(fds[done], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (send(fds[done], &one, 1, MSG_NOSIGNAL) != 1 || recv(fds[done], &one, 1, 0) != 1) break;
  }
  printf("%d\n", done);
  fflush(stdout);
  while (read(0, &end, 1) > 0) {
  }
  return 0;
}

int main(int argc, char **argv) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const char *mode = argc > 1 ? argv[1] : "";
  int port = argc > 2 ? atoi(argv[2]) : 0;
  if (!strcmp(mode, "serve")) return serve_all();
  if (!strcmp(mode, "bulk") && argc == 5) return bulk(port, atoi(argv[3]), atof(argv[4]));
  if (!strcmp(mode, "ping") && argc == 4) return ping(port, atof(argv[3]));
  if (!strcmp(mode, "short") && argc == 5) return many_short(port, atoi(argv[3]), atof(argv[4]));
  if (!strcmp(mode, "idle") && argc == 5) return idle(port, atoi(argv[3]), atof(argv[4]));
  fputs("load serve | bulk PORT CONNS SECONDS | ping PORT SECONDS | short PORT CONNS SECONDS | idle PORT COUNT PATIENCE\n",
        stderr);
  return 64;
}

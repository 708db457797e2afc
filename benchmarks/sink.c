/* An SMTP server that takes every message and keeps none: for measuring senders, so that the server is not the limit.
 *
 *     cc -O2 -o sink sink.c && ./sink [delay of the answer to a content in ms] [file for the log, or ""] [round trip in ms]
 *
 * Prints its port. One thread, epoll. It reads whole packets and looks for the end of a content with memmem; what it
 * costs is mostly the kernel's copying. With a log it writes the Message-ID of each message it took, one a line, before it
 * answers. With a round trip, all that comes is heard so much later, as if the server were that far away. SIGTERM ends it;
 * it then prints how many it took, and in how many microseconds from the first to the last.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINE 4096
#define PACKET 262144
#define MOST 1024

enum state { COMMANDS, CONTENT, WAITING, FREE };

struct peer {
    int fd;
    enum state state;
    size_t held;                /* bytes in `line`: of a command, or the last of a content */
    char line[LINE];
    char id[256];               /* of the message in hand */
    size_t id_length;
    int in_head;
    char rest[PACKET];          /* what came behind a content whose answer is delayed */
    size_t rest_length;
    long long due;
    unsigned connection;        /* counts those that this place has had */
};

struct chunk {                  /* what has come and is not heard yet */
    struct peer *peer;
    unsigned connection;
    long long due;
    size_t length;
    struct chunk *next;
    char data[];
};

static struct chunk *first_chunk, **last_chunk = &first_chunk;
static long long trip_us;
static struct peer peers[MOST];
static struct peer *queue[MOST * 4];   /* delayed answers; all have the same delay, so first in is first out */
static size_t first, last;
static long long delay_us;
static unsigned long taken;
static long long first_us, last_us;
static FILE *logfile;
static volatile sig_atomic_t ended;

static long long now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static void say(struct peer *peer, const char *words, size_t length) {
    if (send(peer->fd, words, length, MSG_NOSIGNAL) < 0) peer->state = FREE;
}

#define SAY(peer, words) say(peer, words, sizeof(words) - 1)

static void consume(struct peer *peer, char *data, size_t length);

static void accept_content(struct peer *peer) {
    last_us = now_us();
    if (!taken++) first_us = last_us;
    if (logfile) {
        fwrite(peer->id, 1, peer->id_length, logfile);
        fputc('\n', logfile);
        fflush(logfile);
    }
    peer->state = COMMANDS;
    peer->held = 0;
}

static size_t obey(struct peer *peer, char *line, char *reply) {
    static const struct { const char *verb; const char *answer; } known[] = {
        {"MAIL", "250 2.1.0 ok\r\n"}, {"RCPT", "250 2.1.5 ok\r\n"}, {"DATA", "354 go\r\n"}, {"RSET", "250 ok\r\n"},
        {"EHLO", "250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 0\r\n"}, {"HELO", "250 sink\r\n"},
        {"QUIT", "221 bye\r\n"}, {"NOOP", "250 ok\r\n"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strncasecmp(line, known[i].verb, 4)) {
            if (i == 2) { peer->state = CONTENT; peer->held = 2; memcpy(peer->line, "\r\n", 2); peer->id_length = 0; peer->in_head = 1; }
            strcpy(reply, known[i].answer);
            return strlen(known[i].answer);
        }
    strcpy(reply, "502 5.5.1 what?\r\n");
    return 17;
}

static void find_id(struct peer *peer, const char *data, size_t length) {
    const char *found = memmem(data, length, "\r\nMessage-ID: <", 15);
    if (found) {
        found += 15;
        const char *end = memchr(found, '>', data + length - found);
        if (end && (size_t)(end - found) < sizeof peer->id) {
            peer->id_length = end - found;
            memcpy(peer->id, found, peer->id_length);
        }
        peer->in_head = 0;
    }
}

/* The packet is searched in place; only its last four bytes are kept for an end that is cut in two. */
static size_t read_content(struct peer *peer, char *data, size_t length) {
    if (logfile && peer->in_head) find_id(peer, data, length);
    char seam[16];
    size_t old = peer->held, part = length < 5 ? length : 5;
    memcpy(seam, peer->line, old);
    memcpy(seam + old, data, part);
    char *found = memmem(seam, old + part, "\r\n.\r\n", 5);
    size_t used;
    if (found) used = (found - seam) + 5 - old;
    else if ((found = memmem(data, length, "\r\n.\r\n", 5))) used = (found - data) + 5;
    else {
        if (length >= 4) { memcpy(peer->line, data + length - 4, 4); peer->held = 4; }
        else {
            size_t all = old + length, keep = all < 4 ? all : 4;
            memcpy(peer->line, seam + all - keep, keep);
            peer->held = keep;
        }
        return length;
    }
    if (delay_us) {
        peer->state = WAITING;
        peer->due = now_us() + delay_us;
        queue[last++ % (MOST * 4)] = peer;
    } else {
        accept_content(peer);
    }
    return used;
}

static void consume(struct peer *peer, char *data, size_t length) {
    char replies[LINE];
    size_t said = 0;
    while (length && peer->state != FREE) {
        if (peer->state == WAITING) {
            if (length > sizeof peer->rest - peer->rest_length) { peer->state = FREE; break; }
            memcpy(peer->rest + peer->rest_length, data, length);
            peer->rest_length += length;
            break;
        }
        if (peer->state == CONTENT) {
            size_t used = read_content(peer, data, length);
            data += used;
            length -= used;
            if (peer->state == COMMANDS) { memcpy(replies + said, "250 2.0.0 taken\r\n", 17); said += 17; }
            continue;
        }
        char *end = memchr(data, '\n', length);
        size_t part = end ? (size_t)(end - data) + 1 : length;
        if (part > sizeof peer->line - 1 - peer->held || said > sizeof replies - 512) { peer->state = FREE; break; }
        memcpy(peer->line + peer->held, data, part);
        peer->held += part;
        data += part;
        length -= part;
        if (!end) break;
        peer->line[peer->held] = 0;
        peer->held = 0;
        said += obey(peer, peer->line, replies + said);
    }
    if (said) say(peer, replies, said);
}

static void answer_due(void) {
    long long now = now_us();
    while (first != last && queue[first % (MOST * 4)]->due <= now) {
        struct peer *peer = queue[first++ % (MOST * 4)];
        if (peer->state != WAITING) continue;
        accept_content(peer);
        SAY(peer, "250 2.0.0 taken\r\n");
        size_t length = peer->rest_length;
        char rest[PACKET];
        memcpy(rest, peer->rest, length);
        peer->rest_length = 0;
        consume(peer, rest, length);
    }
}

static void hear_later(struct peer *peer, const char *data, size_t length) {
    struct chunk *chunk = malloc(sizeof *chunk + length);
    if (!chunk) { perror("malloc"); exit(1); }
    *chunk = (struct chunk){.peer = peer, .connection = peer->connection, .due = now_us() + trip_us, .length = length};
    memcpy(chunk->data, data, length);
    *last_chunk = chunk;
    last_chunk = &chunk->next;
}

static void hear_due(void) {
    long long now = now_us();
    while (first_chunk && first_chunk->due <= now) {
        struct chunk *chunk = first_chunk;
        if (!(first_chunk = chunk->next)) last_chunk = &first_chunk;
        if (chunk->peer->fd >= 0 && chunk->peer->connection == chunk->connection)
            consume(chunk->peer, chunk->data, chunk->length);
        free(chunk);
    }
}

static int until(long long due) {
    long long left = due - now_us();
    return left > 0 ? (int)((left + 999) / 1000) : 0;
}

static void end(int number) { (void)number; ended = 1; }

int main(int count, char **arguments) {
    delay_us = count > 1 ? (long long)(atof(arguments[1]) * 1000) : 0;
    trip_us = count > 3 ? (long long)(atof(arguments[3]) * 1000) : 0;
    if (count > 2 && *arguments[2] && !(logfile = fopen(arguments[2], "a"))) { perror("log"); return 1; }
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 512)) { perror("listen"); return 1; }
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[64];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (int i = 0; i < MOST; i++) peers[i].state = FREE, peers[i].fd = -1;
    static char packet[PACKET];
    while (!ended) {
        int wait = -1;
        if (first != last) wait = until(queue[first % (MOST * 4)]->due);
        if (first_chunk) {
            int other = until(first_chunk->due);
            if (wait < 0 || other < wait) wait = other;
        }
        int ready = epoll_wait(poll, events, 64, wait);
        for (int i = 0; i < ready; i++) {
            struct peer *peer = events[i].data.ptr;
            if (!peer) {
                int fd = accept(listener, NULL, NULL);
                for (int j = 0; fd >= 0 && j < MOST; j++)
                    if (peers[j].fd < 0) {
                        peer = &peers[j];
                        peer->fd = fd; peer->state = COMMANDS; peer->held = peer->rest_length = 0;
                        peer->connection++;
                        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                        event.data.ptr = peer;
                        epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
                        SAY(peer, "220 sink.example\r\n");
                        break;
                    }
                if (!peer && fd >= 0) close(fd);
                continue;
            }
            ssize_t got = recv(peer->fd, packet, sizeof packet, MSG_DONTWAIT);
            if (got > 0 && trip_us) hear_later(peer, packet, got);
            else if (got > 0) consume(peer, packet, got);
            if (got == 0 || (got < 0 && errno != EAGAIN) || peer->state == FREE) {
                /* A message whose answer is delayed has been taken, whoever is still there to hear it. */
                if (peer->state == WAITING) accept_content(peer);
                close(peer->fd);
                peer->fd = -1;
                peer->state = FREE;
            }
        }
        hear_due();
        answer_due();
    }
    fprintf(stderr, "%lu taken in %lld us\n", taken, last_us - first_us);
    return 0;
}

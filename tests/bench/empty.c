/* empty: does nothing. Linked with the libraries of the harness, it costs what any such program costs. */
int main(void)
{
    return 0;
}

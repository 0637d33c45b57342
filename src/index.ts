// The bundle's entry: a GitHub step's `main`, its `post`, or a command line.
import { isPost } from './adapters/github/post.ts';
import { main } from './main.ts';
import { post } from './post.ts';

if (isPost()) await post();
else await main(process);
